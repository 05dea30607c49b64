import { each, listPaths, type Path, type Segment, ways } from "./path.ts";

/** Reads paths in a hit that is at hand, as the views do in SQL (infra/sql); tests hold the two together. */

export interface Hit {
  /** `fields` and `headers` of the row, parsed; null where the row has none. */
  readonly body: unknown;
  readonly headers: unknown;
}

/** The text of a string, number or boolean. @param item where the path leads into an item of the hit */
export function valueAt(path: Path, hit: Hit, item: unknown = hit.body): string | undefined {
  const value = scalarAt(path, hit, item);
  return value === undefined ? undefined : String(value);
}

/** As it is there. @param item as of `valueAt` */
export function scalarAt(
  path: Path,
  { body, headers }: Hit,
  item: unknown = body,
): string | number | boolean | undefined {
  const from = { body: item, hit: body, header: headers }[path.from];
  for (const way of ways(path)) {
    const value = walk(from, way);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  }
  return undefined;
}

/** The items of a batch; none where the path finds no list. */
export function itemsAt(items: string, body: unknown): unknown[] {
  const lists = listPaths(items) ?? [];
  const found = lists.reduce<unknown[]>((before, list) => before.flatMap((one) => listAt(list, one)), [body]);
  return found.filter((item) => item !== null);
}

/** An object in the list's place is a list of one. */
function listAt(path: Path, from: unknown): unknown[] {
  for (const way of ways(path)) {
    const value = walk(from, way);
    if (Array.isArray(value)) return value as unknown[];
    if (typeof value === "object" && value !== null) return [value];
  }
  return [];
}

function walk(from: unknown, way: readonly Segment[]): unknown {
  let value = from;
  for (const segment of way) {
    if (segment === each || typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) !== (typeof segment === "number")) return undefined;
    value = Object.hasOwn(value, segment) ? (value as Record<Segment, unknown>)[segment] : undefined;
  }
  return value;
}

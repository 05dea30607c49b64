import { listPaths, parsePath, type Path, type Segment, ways } from "./records/path.ts";
import type { Stream } from "./stream.ts";

/** Public knowledge: it stands in the README, for trying only. */
export const exampleStreamId = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

/** What a first look at a stream sends: an order, in which the stream's own key finds its name. */
const order: Said = {
  name: "N1",
  time: "2026-01-31T12:00:00Z",
  fields: { status: "delivered", total: "120.13", userId: "U1" },
};

interface Said {
  readonly name: string;
  /** Where `updated` leads. */
  readonly time: string;
  /** Beside it, where the key does not lead there. */
  readonly fields: Readonly<Record<string, string>>;
}

/** An index past it is written as a name, which a path finds as well. */
const indexMax = 9;

export interface Example {
  /** A form that a shell takes between double quotes, or JSON for single ones. */
  readonly text: string;
  readonly isJson: boolean;
  /** The same as a query string, for senders that can only GET. */
  readonly query: string;
  /** What the key reads in headers. */
  readonly headers: Readonly<Record<string, string>>;
}

export function exampleHit(
  { key = "orderId", updated, items }: Pick<Stream, "key" | "updated" | "items">,
  said = order,
): Example {
  // The key last: where both lead to one place, it is the name.
  const values: Placed[] = [
    ...(updated === undefined ? [] : [{ path: parsePath(updated)!, value: said.time }]),
    ...[key].flat().map((text) => ({ path: parsePath(text)!, value: said.name })),
  ];
  const body = bodyOf(values, said.fields, items, true);
  // An object in the place of a list is a list of one: a form has no other way to hold one in the middle.
  const query = String(new URLSearchParams(pairs(bodyOf(values, said.fields, items, false))));
  const isFlat = !Array.isArray(body) && Object.values(body).every((value) => typeof value === "string");
  const headers = values.flatMap(({ path, value }) =>
    path.from === "header" ? [[String(ways(path)[0]![0]), value] as const] : [],
  );
  return {
    text: isFlat ? query : JSON.stringify(body),
    isJson: !isFlat,
    query,
    headers: Object.fromEntries(headers),
  };
}

interface Placed {
  readonly path: Path;
  readonly value: string;
}

function bodyOf(
  values: readonly Placed[],
  fields: Said["fields"],
  items: string | undefined,
  asLists: boolean,
): object {
  const record: object = {};
  for (const { path, value } of values) if (path.from === "body") put(record, way(path), value);
  for (const [field, value] of Object.entries(fields))
    if (!Object.hasOwn(record, field)) put(record, [field], value);
  let body = record;
  for (const list of items === undefined ? [] : listPaths(items)!.toReversed()) {
    const value = asLists ? [body] : body;
    const around: object = {};
    body = list.steps.length === 0 ? value : around;
    if (list.steps.length > 0) put(around, way(list), value);
  }
  for (const { path, value } of values)
    if (path.from === "hit" && !Array.isArray(body)) put(body, way(path), value);
  return body;
}

/** The likeliest reading whose indexes are small. */
function way(path: Path): readonly Segment[] {
  return ways(path).find((way) =>
    way.every((segment) => typeof segment === "string" || segment <= indexMax),
  )!;
}

/** Makes what is missing on the way; what is of another kind is replaced. */
function put(into: object, [segment, ...deeper]: readonly Segment[], value: unknown): void {
  if (deeper.length === 0) return own(into, segment!, value);
  const there: unknown = Object.hasOwn(into, segment!) ? Reflect.get(into, segment!) : undefined;
  const isList = typeof deeper[0] === "number";
  const fits = typeof there === "object" && there !== null && Array.isArray(there) === isList;
  const inner: object = fits ? there : isList ? Array.from({ length: Number(deeper[0]) }, () => null) : {};
  own(into, segment!, inner);
  put(inner, deeper, value);
}

/** Also `__proto__`. */
function own(into: object, segment: Segment, value: unknown): void {
  Object.defineProperty(into, segment, { value, enumerable: true, configurable: true, writable: true });
}

/** Names in brackets, as forms nest them. */
function pairs(value: unknown, prefix = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return [[prefix, typeof value === "string" ? value : ""]];
  return Object.entries(value).flatMap(([part, inner]) =>
    pairs(inner, prefix === "" ? part : `${prefix}[${part}]`),
  );
}

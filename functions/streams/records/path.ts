/** Where a stream's `key`, `updated` and `items` point, e.g. `order.id`, `data[FIELDS][ID]`,
 *  `header:x-shopify-topic`. */
export interface Path {
  /** Where it begins: the hit's body or headers; with `items`, `body` is the item and
   *  `hit` the body around it. */
  readonly from: "body" | "hit" | "header";
  /** Names without dots, and `*` for each of a list; of a header its name in lower case alone. */
  readonly steps: readonly Step[];
}

export type Step = typeof each | { readonly name: string; readonly isQuoted: boolean };
export const each = "*";

/** A name of an object, or an index of a list. */
export type Segment = string | number;

/** The longest path in a document, in characters. */
const pathLengthMax = 500;
const stepsMax = 10;
/** A number means an index or a name, and brackets a nested or a flat name: a path is read
 *  in so many ways at most. */
const waysMax = 16;

// A field that is called `*` has no path: DuckDB takes that name for all names, also in quotes.
const step = /(?:"((?!\*")[^"'\\\p{Cc}]{1,64})"|(\*)|([\p{L}\p{M}\p{N} _[\]@$:-]{1,64}))(\.|$)/uy;
const header = /^header:([a-z0-9_-]{1,64})$/i;

/** @returns undefined where the text is no path */
export function parsePath(text: string): Path | undefined {
  if (text.length > pathLengthMax || text !== text.trim()) return undefined;
  if (/^header:/i.test(text)) {
    const name = header.exec(text)?.[1]?.toLowerCase();
    return name === undefined ? undefined : { from: "header", steps: [{ name, isQuoted: true }] };
  }
  const [mark = ""] = /^\^\.?/.exec(text) ?? [];
  const steps = parseSteps(text.slice(mark.length));
  if (steps === undefined) return undefined;
  const path: Path = { from: mark === "" ? "body" : "hit", steps };
  return waysCount(path) <= waysMax ? path : undefined;
}

/** Whether it names one value: no list's each. */
export function isValuePath(text: string): boolean {
  const path = parsePath(text);
  return path !== undefined && !path.steps.includes(each);
}

/** Whether it names a list of the body. `$` is the body itself. */
export function isListPath(text: string): boolean {
  return listPaths(text) !== undefined;
}

/** The lists that lead to the items, each inside an element of the one before; an `*` at
 *  the end says nothing new.
 *  @returns undefined where the text is no path of a list */
export function listPaths(text: string): Path[] | undefined {
  if (text === "$" || text === each) return [{ from: "body", steps: [] }];
  const path = parsePath(text);
  if (path?.from !== "body") return undefined;
  const steps = path.steps.at(-1) === each ? path.steps.slice(0, -1) : path.steps;
  const lists: Step[][] = [[]];
  for (const step of steps) {
    if (step === each) lists.push([]);
    else lists.at(-1)!.push(step);
  }
  // `*.changes`: the body is the first list.
  return lists.map((steps) => ({ from: "body", steps }));
}

/** The ways to read a path, the likeliest first: the value is where the first of them leads to one. */
export function ways({ from, steps }: Path): Segment[][] {
  if (from === "header") return [steps.map((step) => (step === each ? each : step.name))];
  return steps.reduce<Segment[][]>(
    (before, step) => before.flatMap((way) => readings(step).map((more) => [...way, ...more])),
    [[]],
  );
}

/** In JSONPath. Names are quoted: they hold no quote and no backslash. */
export function jsonPath(way: readonly Segment[]): string {
  return `$${way.map((segment) => (typeof segment === "number" ? `[${segment}]` : `."${segment}"`)).join("")}`;
}

function waysCount({ from, steps }: Path): number {
  return from === "header" ? 1 : steps.reduce((count, step) => count * readings(step).length, 1);
}

function parseSteps(text: string): Step[] | undefined {
  const steps: Step[] = [];
  step.lastIndex = 0;
  for (;;) {
    const [, quoted, star, bare, dot] = step.exec(text) ?? [];
    if (dot === undefined) return undefined;
    if (star !== undefined) steps.push(each);
    else steps.push({ name: (quoted ?? bare)!, isQuoted: quoted !== undefined });
    if (steps.length > stepsMax) return undefined;
    if (dot === "") return steps;
  }
}

function readings(step: Step): Segment[][] {
  if (step === each) return [[each]];
  const { name, isQuoted } = step;
  if (isQuoted) return [[name]];
  const nested = nestedNames(name);
  if (nested === undefined) return numbered(name).map((segment) => [segment]);
  const deep = nested.reduce<Segment[][]>(
    (before, part) => before.flatMap((way) => numbered(part).map((segment) => [...way, segment])),
    [[]],
  );
  return [...deep, [name]];
}

/** `data[FIELDS][ID]` as forms write it. */
function nestedNames(name: string): string[] | undefined {
  if (!/^[^[\]]+(\[[^[\]]+\])+$/u.test(name)) return undefined;
  return name.split(/[[\]]+/).filter((part) => part !== "");
}

function numbered(name: string): Segment[] {
  return /^(0|[1-9]\d{0,5})$/.test(name) ? [Number(name), name] : [name];
}

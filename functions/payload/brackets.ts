import { keysMax } from "./json.ts";

/** A value, or several under one name. */
type Leaf = string | object;
type Flat = Readonly<Record<string, Leaf | undefined>>;
/** Without a prototype, which no leaf lacks. */
type Tree = { [name: string]: Leaf | Tree };

/** Deeper names stay flat, as PHP does with 64. */
export const nestingMax = 32;

/** Nests names of a form as PHP, Rails and qs do: `a[b][c]` is an object in an object, `a[]` a list, and so
 *  is `a[0]`, `a[1]` … where none is left out. With gaps, the numbers are names: no index makes a list long.
 *  The names of one family begin alike. They are nested together or stay flat together, whatever their order.
 *  They stay flat where two of them cannot both be (`a` and `a[b]`), where `[]` is not the last (the three
 *  disagree on it), and past nestingMax.
 *  @returns undefined past keysMax names in all */
export function nest(flat: Flat): Record<string, unknown> | undefined {
  const families = new Map<string, Parts[]>();
  for (const name in flat) {
    const parts = partsOf(name);
    const [first] = parts.path;
    const family = families.get(first!);
    if (family === undefined) families.set(first!, [parts]);
    else family.push(parts);
  }
  const nested: Record<string, unknown> = Object.create(null);
  const count = { left: keysMax };
  for (const [first, family] of families) {
    const tree = treeOf(family, flat, count);
    if (count.left < 0) return undefined;
    if (tree === undefined) for (const { name } of family) nested[name] = flat[name];
    else nested[first] = listed(tree[first]!);
  }
  return nested;
}

interface Parts {
  /** As it was sent. */
  readonly name: string;
  readonly path: readonly string[];
}

const bracketed = /^([^[\]]+)\[([^[\]]*(?:\]\[[^[\]]*)*)\]$/;

function partsOf(name: string): Parts {
  const [, first, rest] = (name.includes("[") && bracketed.exec(name)) || [];
  if (first === undefined) return { name, path: [name] };
  return { name, path: [first, ...rest!.split("][", nestingMax)] };
}

/** @returns undefined where the family stays flat */
function treeOf(family: readonly Parts[], flat: Flat, count: { left: number }): Tree | undefined {
  const tree: Tree = Object.create(null);
  for (const { name, path } of family) {
    if (path.length > nestingMax) return undefined;
    const last = path.at(-1)!;
    let at: Tree = tree;
    for (const part of path.slice(0, -1)) {
      if ("" in at) return undefined;
      const inner = part === "" ? "" : (at[part] ?? (--count.left, (at[part] = Object.create(null) as Tree)));
      if (count.left < 0 || !isTree(inner)) return undefined;
      at = inner;
    }
    // A list stands under the name "" until all are there: nothing else may stand beside it.
    if (at[last] !== undefined || "" in at || (last === "" && path.length > 1 && Object.keys(at).length > 0))
      return undefined;
    count.left--;
    const value = flat[name]!;
    at[last] = last === "" && path.length > 1 && !Array.isArray(value) ? [value] : value;
  }
  return tree;
}

/** Lists in the place of objects that are some. */
function listed(nested: Leaf | Tree): Leaf {
  if (!isTree(nested)) return nested;
  const list = nested[""];
  if (list !== undefined) return list;
  const names = Object.keys(nested);
  for (const name of names) nested[name] = listed(nested[name]!);
  // Names that are indexes come first, in their order.
  return names.every((name, index) => name === String(index)) ? Object.values(nested) : nested;
}

const isTree = (nested: Leaf | Tree): nested is Tree =>
  typeof nested === "object" && Object.getPrototypeOf(nested) === null;

/** How large a statement may become, by its syntax tree: a short text can make DuckDB plan for minutes,
 *  outside of every interrupt, or recurse until its process ends. DuckDB's parser has its own bounds (levels
 *  of brackets, 1,000 levels of an expression); these are the ones that its planner lacks. Each is far above
 *  what a person writes and below what was seen to take a second. */

/** Tables that are read once each name is replaced by what it stands for: 39 CTEs that join the one
 *  before twice are 5.5 × 10¹¹. */
export const tablesMax = 200;
/** How often `*` may repeat the columns of one table. */
export const repeatsMax = 64;
/** Names with dots between them; 45,000 ended the process. */
export const namesMax = 64;
/** Sets that `cube`, `rollup` and `grouping sets` make; DuckDB holds a hash table for each. */
export const groupingSetsMax = 64;
/** `union`, `except`, `intersect`. */
export const setOperationsMax = 150;
/** Names that WITH gives: each is weighed with all before it, and DuckDB planned some
 *  4,500 of them for 3 s. */
export const ctesMax = 200;
/** Columns, values, operators and calls. Each becomes an object and is resolved by itself: 45,000 of them fit
 *  into 100,000 characters, and took 10 MB of syntax tree and 3 s. */
export const expressionsMax = 10_000;
/** Lambdas inside lambdas: the time to plan them grows as a power of their number. */
export const lambdasMax = 10;

type Node = Readonly<Record<string, unknown>>;
type Weight = { readonly tables: number; readonly repeats: number };

/** Why a statement is too large to be planned, as a sentence; undefined where it is not. */
export function tooLarge(tree: unknown): string | undefined {
  let groupingSets = 0;
  let setOperations = 0;
  let ctes = 0;
  let expressions = 0;
  // Without recursion: what this counts bounds the depth for what follows.
  const open: { value: unknown; lambdas: number }[] = [{ value: tree, lambdas: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = next.value as Node;
    const lambdas = next.lambdas + (node["class"] === "LAMBDA" ? 1 : 0);
    if (typeof node["class"] === "string") expressions += 1;
    if (node["type"] === "SET_OPERATION_NODE") setOperations += 1;
    groupingSets += lengthOf(node["group_sets"]);
    const named = node["cte_map"];
    if (isNode(named)) ctes += lengthOf(named["map"]);
    const names = lengthOf(node["column_names"]);
    if (names > namesMax) return sentence(`A name has ${names} parts`, namesMax);
    if (setOperations > setOperationsMax)
      return sentence(`It has more than ${setOperationsMax} UNION, EXCEPT or INTERSECT`, setOperationsMax);
    if (groupingSets > groupingSetsMax)
      return sentence(`It groups by ${groupingSets} sets of columns`, groupingSetsMax);
    if (ctes > ctesMax) return sentence(`WITH gives more than ${ctesMax} names`, ctesMax);
    if (expressions > expressionsMax)
      return sentence("It has too many columns, values, operators and calls", expressionsMax);
    if (lambdas > lambdasMax) return sentence(`It has ${lambdas} lambdas inside each other`, lambdasMax);
    for (const value of Object.values(node)) if (isNode(value)) open.push({ value, lambdas });
  }
  const { tables, repeats } = weigh(tree, new Map());
  if (tables > tablesMax)
    return sentence(`It reads ${amount(tables)} tables, each name replaced by what it stands for`, tablesMax);
  if (repeats > repeatsMax)
    return sentence(`It repeats the columns of one table ${amount(repeats)} times`, repeatsMax);
  return undefined;
}

const rowsOf = new Set(["SELECT_NODE", "SUBQUERY", "TABLE_FUNCTION", "EXPRESSION_LIST"]);

/** @param named what the names of CTEs stand for here */
function weigh(value: unknown, named: ReadonlyMap<string, Weight>): Weight {
  if (!isNode(value)) return { tables: 0, repeats: 1 };
  const { type, table_name: table, schema_name: schema, cte_map: ctes, select_list: selected } = value;
  if (type === "BASE_TABLE") {
    const known = schema ? undefined : named.get(String(table).toLowerCase());
    return known ?? { tables: 1, repeats: 1 };
  }
  const here = isNode(ctes) ? withCtes(ctes, named) : named;
  let tables = 0;
  let repeats = 1;
  for (const [name, inner] of Object.entries(value)) {
    if (name === "cte_map") continue;
    const weight = weigh(inner, here);
    tables += weight.tables;
    repeats = Math.max(repeats, weight.repeats);
  }
  const stars = Array.isArray(selected)
    ? selected.filter((one) => isNode(one) && one["class"] === "STAR").length
    : 0;
  // What gives rows counts as a table, also where it reads none.
  if (rowsOf.has(String(type))) tables = Math.max(1, tables);
  return { tables, repeats: repeats * Math.max(1, stars) };
}

/** In their order: each knows those before it, and a recursive one its own name as one table. */
function withCtes(ctes: Node, outer: ReadonlyMap<string, Weight>): ReadonlyMap<string, Weight> {
  const named = new Map(outer);
  for (const cte of Array.isArray(ctes["map"]) ? (ctes["map"] as unknown[]) : []) {
    if (!isNode(cte)) continue;
    const name = String(cte["key"]).toLowerCase();
    const before = new Map(named);
    const query = (cte["value"] as Node)["query"];
    const isRecursive =
      isNode(query) && isNode(query["node"]) && query["node"]["type"] === "RECURSIVE_CTE_NODE";
    if (isRecursive) before.set(name, { tables: 1, repeats: 1 });
    named.set(name, weigh(query, before));
  }
  return named;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function amount(count: number): string {
  return count < 1e6 ? String(count) : "millions of";
}

function sentence(what: string, most: number): string {
  return `${what}; at most ${most} are taken.`;
}

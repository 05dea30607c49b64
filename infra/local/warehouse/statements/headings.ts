/** What columns are called that a statement gives no name: `f0_`, `f1_` and so on, as BigQuery calls them.
 *  DuckDB would write out the expression, as it understands it. */
import { distinctNames } from "../../../../functions/column-names.ts";

type Node = Readonly<Record<string, unknown>>;
/** One column, or as many as there are behind a `*`. */
type Heading = "named" | "nameless" | "several";

/** @param tree of the statement
 *  @param names as DuckDB has them
 *  @returns one of its own for each column */
export function headings(tree: unknown, names: readonly string[]): string[] {
  const statements = (tree as { statements?: readonly { node?: Node }[] }).statements ?? [];
  const told = headingsOf(statements[0]?.node, new Map());
  const nameless = new Set(places(told, names.length));
  let count = 0;
  return distinctNames(names.map((name, at) => (nameless.has(at) ? `f${count++}_` : name)));
}

/** Where the nameless ones are: before the first `*` counted from the front, behind the
 *  last one from the end. */
function places(told: readonly Heading[], columns: number): number[] {
  const first = told.indexOf("several");
  const last = told.lastIndexOf("several");
  if (first === -1 && told.length !== columns) return [];
  return told.flatMap((heading, at) => {
    if (heading !== "nameless") return [];
    if (first === -1 || at < first) return [at];
    return at > last ? [columns - told.length + at] : [];
  });
}

type Named = ReadonlyMap<string, readonly Heading[]>;

function headingsOf(node: Node | undefined, outer: Named): readonly Heading[] {
  if (node === undefined) return ["several"];
  const named = withCtes(node, outer);
  if (node["type"] === "SET_OPERATION_NODE")
    return node["setop_type"] === "UNION_BY_NAME" ? ["several"] : headingsOf(node["left"] as Node, named);
  const list = node["select_list"];
  if (node["type"] !== "SELECT_NODE" || !Array.isArray(list)) return ["several"];
  return (list as Node[]).flatMap((item): readonly Heading[] => {
    if (isStar(item)) return isBare(item) ? columnsOf(node["from_table"] as Node, named) : ["several"];
    if (item["function_name"] === "unnest" || holdsStar(item)) return ["several"];
    return [item["alias"] !== "" || item["class"] === "COLUMN_REF" ? "named" : "nameless"];
  });
}

function withCtes(node: Node, outer: Named): Named {
  const list = (node["cte_map"] as { map?: readonly { key: string; value: Node }[] } | undefined)?.map ?? [];
  const named = new Map(outer);
  for (const { key, value } of list) {
    const { aliases, query } = value as { aliases?: readonly string[]; query?: { node?: Node } };
    const isGiven = aliases !== undefined && aliases.length > 0;
    named.set(key.toLowerCase(), isGiven ? ["several"] : headingsOf(query?.node, named));
  }
  return named;
}

/** What a `*` over it is. */
function columnsOf(from: Node, named: Named): readonly Heading[] {
  if (Array.isArray(from["column_name_alias"]) && from["column_name_alias"].length > 0) return ["several"];
  if (from["type"] === "SUBQUERY") return headingsOf((from["subquery"] as { node?: Node }).node, named);
  const isCte = from["type"] === "BASE_TABLE" && from["schema_name"] === "";
  return (isCte ? named.get(String(from["table_name"]).toLowerCase()) : undefined) ?? ["several"];
}

const isStar = ({ class: is }: Node): boolean => is === "STAR";

/** Without EXCLUDE, REPLACE and RENAME. */
const isBare = (star: Node): boolean =>
  star["columns"] === false &&
  Object.entries(star).every(([name, value]) => !name.endsWith("_list") || (value as unknown[]).length === 0);

/** COLUMNS(*) inside of it makes several of one. */
function holdsStar(item: Node): boolean {
  const open: unknown[] = [item];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    if (isStar(node as Node)) return true;
    open.push(...Object.values(node));
  }
  return false;
}

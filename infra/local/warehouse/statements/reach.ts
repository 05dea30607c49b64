/** What people's SQL reaches: everything in the warehouse but the keys to write to streams, and the
 *  paths of the server. DuckDB has no permissions, so the syntax tree is looked at; names are resolved
 *  as DuckDB does, too far rather than too near. A table of an earlier version, which has a column of
 *  keys, is read without it. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { deadLettersTable, deadLetterStatesView } from "../../../../functions/letters/letter.ts";
import { queryRefused } from "../../../../functions/problems.ts";
import { oldIdColumn } from "../../../../functions/stream-ref.ts";
import { isOurs, type Catalogue, type Named } from "../tables.ts";
import { catalog, quoted } from "../sql.ts";

export interface Reach {
  readonly catalogue: Catalogue;
  readonly defaultDataset: string;
  readonly productDataset: string;
}

/** DuckDB's own views that show paths, and the statements of others. */
const ownViews = new Set(["duckdb_databases", "duckdb_logs", "pragma_database_list", "pg_settings"]);
/** Views over views; more of them are nobody's. */
const depthMax = 16;

type Node = Record<string, unknown>;

/** The statement that runs: as it is, or without the keys of tables that hold them. It
 *  was seen to be one SELECT.
 *  @throws query_refused where it would reach further */
export async function within(connection: DuckDBConnection, sql: string, reach: Reach): Promise<string> {
  const rough = await treeOf(connection, sql);
  if (rough === undefined) return sql;
  const lists = listsIn(rough);
  if ((await guardedIn(connection, rough, reach, 0)).size + lists.size === 0) return sql;
  // Only what is written anew must have its numbers as they are written: to read them
  // so takes ten times as long.
  const tree = (await treeOf(connection, sql, exact))!;
  const subqueries = await withoutKeys(connection, await guardedIn(connection, tree, reach, 0));
  for (const [list, sql] of listsIn(tree)) subqueries.set(list, await subquery(connection, sql));
  const reader = await connection.runAndReadAll("select json_deserialize_sql($1::json)", [
    JSON.stringify(replaced(tree, subqueries)),
  ]);
  return String(reader.getRows()[0]![0]);
}

/** Numbers stay as they are written: 100.0 is not 100 to DuckDB, and JavaScript does
 *  not hold all integers. */
const exact = (_: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === "number" && context?.source !== undefined && String(value) !== context.source
    ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context.source)
    : value;

/** undefined where it is no SELECT. */
async function treeOf(
  connection: DuckDBConnection,
  sql: string,
  reviver?: typeof exact,
): Promise<Node | undefined> {
  const reader = await connection.runAndReadAll("select json_serialize_sql($1::varchar)", [sql]);
  const tree = JSON.parse(String(reader.getRows()[0]![0]), reviver) as Node;
  return tree["error"] === true ? undefined : tree;
}

/** The nodes that name a table with a column of keys. @throws query_refused */
async function guardedIn(
  connection: DuckDBConnection,
  tree: Node,
  reach: Reach,
  depth: number,
): Promise<Map<Node, Named>> {
  const bases: Node[] = [];
  const ctes = new Set<string>();
  for (const node of nodesIn(tree)) {
    const { type, key, value } = node;
    if (type === "BASE_TABLE") bases.push(node);
    if (typeof key === "string" && typeof value === "object") ctes.add(key.toLowerCase());
  }
  const old = new Map<Node, Named>();
  for (const base of bases) {
    const name = lower(base["table_name"]);
    const bare = lower(base["schema_name"]) === "" && lower(base["catalog_name"]) === "";
    for (const dataset of datasetsOf(base, reach)) {
      if (ownViews.has(name) && ["", "main", "pg_catalog"].includes(lower(base["schema_name"])))
        throw queryRefused({ why: `The view ${name} shows the server, and may not be read here.` });
      const found = reach.catalogue.seek(dataset, name);
      if (dataset === "main" && name === "house" && !(bare && isTheirs(name, reach, ctes)))
        throw queryRefused({ why: "The table house is Afterclick's own, and may not be read here." });
      if (found === undefined) continue;
      if (isLetters(found, reach)) throw lettersForbidden(reach);
      if (found.kind === "view") await follow(connection, found, reach, depth);
      if (!hasKeys(found)) continue;
      if (bare && ctes.has(name))
        throw queryRefused({
          why: `${name} is a table and a name of WITH; write the table with its dataset.`,
        });
      old.set(base, found);
    }
  }
  return old;
}

/** Whether a bare name leads to something of people's before it leads to `main`. */
function isTheirs(name: string, { catalogue, defaultDataset }: Reach, ctes: ReadonlySet<string>): boolean {
  const dataset = defaultDataset.toLowerCase();
  return ctes.has(name) || (dataset !== "main" && catalogue.seek(dataset, name) !== undefined);
}

/** Where DuckDB may look for a name. */
function datasetsOf(base: Node, { defaultDataset }: Reach): string[] {
  const schema = lower(base["schema_name"]);
  if (schema === "") return [defaultDataset.toLowerCase(), "main"];
  // The first part of two may be the catalog.
  return schema === catalog && lower(base["catalog_name"]) === "" ? [schema, "main"] : [schema];
}

/** A view of ours holds no key. One that somebody made by hand is read as what it
 *  says. @throws query_refused */
async function follow(connection: DuckDBConnection, view: Named, reach: Reach, depth: number): Promise<void> {
  if (isOurs(view) && !hasKeys(view)) return;
  const named = `${view.dataset}.${view.name}`;
  const reader = await connection.runAndReadAll(
    "select sql from duckdb_views() where database_name = $1 and schema_name = $2 and view_name = $3",
    [catalog, view.dataset, view.name],
  );
  const tree = await bodyOf(connection, String(reader.getRows()[0]?.[0] ?? ""));
  if (tree === undefined || depth >= depthMax)
    throw queryRefused({ why: `The view ${named} cannot be looked into.` });
  if ((await guardedIn(connection, tree, reach, depth + 1)).size > 0 && !hasKeys(view))
    throw queryRefused({
      why: `The view ${named} reads a table with the column ${oldIdColumn}, whose values are keys. Have it read TABLE_unique.`,
    });
}

/** The SELECT behind `CREATE VIEW name AS`: DuckDB reads no other statement for us. */
async function bodyOf(connection: DuckDBConnection, sql: string): Promise<Node | undefined> {
  for (const { index } of [...sql.matchAll(/\bAS\b/gi)].slice(0, 20)) {
    const tree = await treeOf(connection, sql.slice(index + 2));
    if (tree !== undefined) return tree;
  }
  return undefined;
}

function isLetters({ dataset, name }: Named, { productDataset }: Reach): boolean {
  return lower(dataset) === productDataset.toLowerCase() && lower(name) === deadLettersTable;
}

function lettersForbidden({ productDataset }: Pick<Reach, "productDataset">): Error {
  return queryRefused({
    why: `${productDataset}.${deadLettersTable} holds the keys to write to streams, and SQL does not reach it.`,
    advice: `Read ${productDataset}.${deadLetterStatesView}, which has stream_ref in their place.`,
  });
}

/** As our tables are: others may have a column of this name that is no key. */
function hasKeys({ columns }: Named): boolean {
  const names = new Set(columns.map(({ name }) => lower(name)));
  return [oldIdColumn, "hit_id", "payload", "received_at"].every((name) => names.has(name));
}

/** Each of these tables as a subquery that leaves the keys out, under the name that it had. */
async function withoutKeys(
  connection: DuckDBConnection,
  old: ReadonlyMap<Node, Named>,
): Promise<Map<Node, Node>> {
  const subqueries = new Map<Node, Node>();
  for (const [base, { dataset, name }] of old) {
    const from = [catalog, dataset, name].map(quoted).join(".");
    const { alias, sample, column_name_alias } = base;
    subqueries.set(base, {
      ...(await subquery(connection, `select * exclude (${oldIdColumn}) from ${from}`)),
      alias: alias === "" ? base["table_name"] : alias,
      sample,
      column_name_alias,
    });
  }
  return subqueries;
}

/** What lists tables, with a query that leaves out the file's own page (store.ts),
 *  which is none of people's. */
function listsIn(tree: Node): Map<Node, string> {
  const lists = new Map<Node, string>();
  for (const node of nodesIn(tree)) {
    if (node["type"] !== "SHOW_REF") continue;
    const { table_name: what, show_type: how, schema_name: schema } = node;
    if (what === "__show_tables_expanded")
      lists.set(node, "from (show all tables) where not (schema = 'main' and name = 'house')");
    else if (what === '"tables"' || (how === "SHOW_FROM" && lower(schema) === "main"))
      lists.set(node, `from (show tables${how === "SHOW_FROM" ? " from main" : ""}) where name <> 'house'`);
  }
  return lists;
}

async function subquery(connection: DuckDBConnection, sql: string): Promise<Node> {
  const whole = await treeOf(connection, `from (${sql})`, exact);
  const statements = whole!["statements"] as { node: { from_table: Node } }[];
  return statements[0]!.node.from_table;
}

function replaced(node: unknown, by: ReadonlyMap<Node, Node>): unknown {
  if (typeof node !== "object" || node === null) return node;
  const other = by.get(node as Node);
  if (other !== undefined) return other;
  if (Array.isArray(node)) return node.map((inner) => replaced(inner, by));
  if (Object.isFrozen(node)) return node; // a number as it was written
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaced(value, by)]));
}

function* nodesIn(tree: unknown): Generator<Node> {
  const nodes: unknown[] = [tree];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (typeof node !== "object" || node === null) continue;
    yield node as Node;
    for (const inner of Object.values(node)) nodes.push(inner);
  }
}

const lower = (name: unknown): string => String(name ?? "").toLowerCase();

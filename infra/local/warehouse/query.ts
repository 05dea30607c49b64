/** What a person may ask of DuckDB. */
import { StatementType, type DuckDBConnection, type DuckDBPreparedStatement } from "@duckdb/node-api";
import { queryRefused } from "../../../functions/problems.ts";
import { fromGoogleSql } from "./statements/googlesql.ts";
import { type Reach, within } from "./statements/reach.ts";
import { tooLarge } from "./statements/shape.ts";
import { oneLine } from "./sql.ts";

// Functions in FROM that read, and only what is in the warehouse. Others read files, run further SQL, or change the
// instance for everybody (enable_logging, checkpoint): DuckDB counts a call of them as a SELECT.
const tableFunctions = new Set(
  "generate_series json_each json_tree range repeat repeat_row summary unnest duckdb_columns duckdb_functions duckdb_schemas duckdb_tables duckdb_types duckdb_views pg_timezone_names pragma_table_info".split(
    " ",
  ),
);
const refusedFunctions = new Set(["write_log", "getenv", "sleep_ms", "pg_sleep", "current_setting"]);

/** The one SELECT of a text, prepared. @throws query_refused */
export async function prepareSelect(
  connection: DuckDBConnection,
  asked: string,
  reach: Reach,
): Promise<{ statement: DuckDBPreparedStatement; sql: string }> {
  const sql = fromGoogleSql(asked);
  let statement: DuckDBPreparedStatement | undefined;
  try {
    const { count } = await connection.extractStatements(sql);
    if (count !== 1) throw queryRefused({ why: `The text holds ${count} statements.` });
    const refusal = await unreadable(connection, sql);
    if (refusal !== undefined) throw queryRefused({ why: refusal });
    const readable = await within(connection, sql, reach);
    statement = await connection.prepare(readable);
    if (statement.statementType !== StatementType.SELECT)
      throw queryRefused({ why: "The statement is no SELECT." });
    if (statement.parameterCount > 0)
      throw queryRefused({ why: "The query has a parameter without a value." });
    return { statement, sql: readable };
  } catch (error) {
    statement?.destroySync();
    throw refused(error);
  }
}

/** Why a statement may not run, from its syntax tree; undefined where it may. */
async function unreadable(connection: DuckDBConnection, sql: string): Promise<string | undefined> {
  const reader = await connection.runAndReadAll("select json_serialize_sql($1::varchar)", [sql]);
  const tree = parsedTree(String(reader.getRows()[0]![0]));
  if (tree === undefined) return "A number in it is too large to be one.";
  if (tree.error)
    return tree.error_type === "not implemented"
      ? "The statement is no SELECT."
      : `${tree.error_message ?? "It cannot be read"}.`;
  const nodes: unknown[] = [tree];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { type, function_name: name, function: called } = node as Record<string, unknown>;
    if (type === "TABLE_FUNCTION") {
      const tableFunction = String((called as { function_name?: unknown }).function_name).toLowerCase();
      if (!tableFunctions.has(tableFunction)) return `The function ${tableFunction} may not be used here.`;
    }
    if (typeof name === "string" && refusedFunctions.has(name.toLowerCase()))
      return `The function ${name} may not be used here.`;
    for (const inner of Object.values(node))
      if (typeof inner === "object" && inner !== null) nodes.push(inner);
  }
  return tooLarge(tree);
}

interface Tree {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
}

/** A number past a DOUBLE stands in it as Infinity, which is no JSON. */
function parsedTree(text: string): Tree | undefined {
  try {
    return JSON.parse(text) as Tree;
  } catch {
    return undefined;
  }
}

/** DuckDB's refusal in one sentence. */
export function refused(error: unknown): Error {
  if (error instanceof Error && error.name === "Problem") return error;
  const why = oneLine(error);
  return queryRefused({ why: /[.!?…]$/.test(why) ? why : `${why}.` }, error);
}

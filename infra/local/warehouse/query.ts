/** What a person may ask of DuckDB. */
import { counted } from "../../../functions/counted.ts";
import { StatementType, type DuckDBConnection, type DuckDBPreparedStatement } from "@duckdb/node-api";
import { Problem } from "../../../functions/problem.ts";
import { answerTooLarge, holdLess, oneSelect, queryRefused } from "../../../functions/problems.ts";
import { fromGoogleSql } from "./statements/googlesql.ts";
import { wordsOf } from "./statements/words.ts";
import { headings } from "./statements/headings.ts";
import { isOutOfMemory } from "./statements/hopeless.ts";
import { insteadOf, withoutGuess } from "./statements/instead.ts";
import { type Reach, within } from "./statements/reach.ts";
import { tooLarge } from "./statements/shape.ts";
import { oneLine } from "./sql.ts";

// Functions in FROM that read, and only what is in the warehouse. Others read files, run further SQL, or
// change the instance for everybody (enable_logging, checkpoint): DuckDB counts a call of them as a SELECT.
const tableFunctions = new Set(
  "generate_series json_each json_tree range repeat repeat_row summary unnest duckdb_columns duckdb_functions duckdb_schemas duckdb_tables duckdb_types duckdb_views pg_timezone_names pragma_table_info".split(
    " ",
  ),
);
const refusedFunctions = new Set(["write_log", "getenv", "sleep_ms", "pg_sleep", "current_setting"]);

/** The one SELECT of a text, prepared, and what its columns are called. @throws query_refused */
export async function prepareSelect(
  connection: DuckDBConnection,
  asked: string,
  reach: Reach,
): Promise<{ statement: DuckDBPreparedStatement; sql: string; names: string[] }> {
  const sql = fromGoogleSql(asked);
  let statement: DuckDBPreparedStatement | undefined;
  try {
    await demandOne(connection, sql);
    const tree = await readableTree(connection, sql);
    const readable = await within(connection, sql, reach);
    statement = await connection.prepare(readable);
    if (statement.statementType !== StatementType.SELECT)
      throw queryRefused({ why: noSelect, advice: oneSelect });
    if (statement.parameterCount > 0)
      throw queryRefused({
        why: "The query has a parameter without a value.",
        advice: "Write the value into the statement.",
      });
    const { columnCount } = statement;
    const found = Array.from({ length: columnCount }, (_, column) => statement!.columnName(column));
    return { statement, sql: readable, names: headings(tree, found) };
  } catch (error) {
    statement?.destroySync();
    throw refused(error, asked);
  }
}

const noSelect = "The statement is no SELECT.";

/** @throws query_refused */
async function demandOne(connection: DuckDBConnection, sql: string): Promise<void> {
  const words = wordsOf(sql);
  if (words.every((word) => word === ";"))
    throw queryRefused({ why: "The text holds no statement.", advice: oneSelect });
  const { count } = await connection.extractStatements(sql);
  if (count === 1) return;
  // DuckDB makes two of it: one that looks for the values, and keeps them, and one that reads.
  if (words.includes("pivot"))
    throw queryRefused({
      why: "A PIVOT that does not name its values is no single SELECT.",
      advice: "Name them: PIVOT … ON column IN ('one', 'other') USING …; and send one statement.",
    });
  throw queryRefused({ why: `The text holds ${counted(count, "statement")}.`, advice: oneSelect });
}

/** The syntax tree of a statement that may run. @throws query_refused */
async function readableTree(connection: DuckDBConnection, sql: string): Promise<Tree> {
  const reader = await connection.runAndReadAll("select json_serialize_sql($1::varchar)", [sql]);
  const tree = parsedTree(String(reader.getRows()[0]![0]));
  if (tree === undefined) throw queryRefused({ why: "A number in it is too large to be one." });
  if (tree.error)
    throw tree.error_type === "not implemented"
      ? queryRefused({ why: noSelect, advice: oneSelect })
      : queryRefused({ why: `${tree.error_message ?? "It cannot be read"}.` });
  const size = tooLarge(tree);
  if (size !== undefined) throw queryRefused({ why: size, advice: "Ask in parts, or write it shorter." });
  const nodes: unknown[] = [tree];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { type, function_name: name, function: called } = node as Record<string, unknown>;
    if (type === "TABLE_FUNCTION") {
      const tableFunction = String((called as { function_name?: unknown }).function_name).toLowerCase();
      if (!tableFunctions.has(tableFunction)) throw mayNot(tableFunction);
    }
    if (typeof name === "string" && refusedFunctions.has(name.toLowerCase())) throw mayNot(name);
    for (const inner of Object.values(node))
      if (typeof inner === "object" && inner !== null) nodes.push(inner);
  }
  return tree;
}

function mayNot(name: string): Problem {
  return queryRefused({
    why: `The function ${name} may not be used here.`,
    advice: "Write the query without it; it reads tables of this warehouse.",
  });
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

/** DuckDB's refusal in one sentence.
 *  @param asked the statement, where its words may be at fault */
export function refused(error: unknown, asked?: string): Error {
  if (error instanceof Error && error.name === "Problem") return error;
  if (isOutOfMemory(error)) return answerTooLarge({ why: memoryShort, advice: holdLess }, error);
  const said = oneLine(error)
    .replace(/^Failed to extract statements: /, "")
    .replace(suggestsOurs, "");
  const why = /[.!?…]$/.test(said) ? said : `${said}.`;
  const advice = isOfValues.test(said) ? fitsOrNull : asked && insteadOf(said, asked);
  return queryRefused({ why: withoutGuess(why), ...(advice && { advice }) }, error);
}

export const memoryShort = "The query needs more memory than the warehouse has.";
/** The file's own page (store.ts) is no table of theirs. */
const suggestsOurs = / ?Did you mean "(main\.)?house"\??/;
/** The operator binds more weakly than AND and =, so that a condition beside it is taken
 *  for a part of its path. */
const fitsOrNull =
  "Where a value may not fit, SAFE_CAST gives NULL for it; where the statement has ->>, put brackets around it, or use JSON_VALUE.";
const isOfValues = /^(Conversion Error|Invalid Input Error: (Failed to cast|Could not convert)): /;

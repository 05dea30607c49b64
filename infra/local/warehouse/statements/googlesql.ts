/** What people's SQL may borrow from BigQuery, so that one text runs on both grounds. See
 *  docs/decisions/one-sql-text.md. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { catalog, label, literal, quoted } from "../sql.ts";

/** For people's connection alone, and gone with it: the file and our own views know none of them. JSON_VALUE gives no
 *  quotes, and NULL for null, objects and arrays; DuckDB's own one is `system.main.json_value`. */
export const macros: readonly string[] = [
  `create temp macro json_value(value) as
  case when json_type(value) in ('OBJECT', 'ARRAY', 'NULL') then null else value ->> '$' end,
(value, path) as
  case when json_type(value, path) in ('OBJECT', 'ARRAY', 'NULL') then null else value ->> path end`,
  `create temp macro json_query(value) as cast(value as json),
(value, path) as json_extract(value, path)`,
  "create temp macro timestamp_millis(ms) as make_timestamptz(ms * 1000)",
];

/** Views of 0.1.0 say `json_value` and mean DuckDB's own: where the macros are, they would fail. They are made anew before
 *  these are there; a stream that gets no hits has nobody else to do it. */
export async function renewViews(writer: DuckDBConnection): Promise<void> {
  const reader = await writer.runAndReadAll(
    "select schema_name, view_name, comment from duckdb_views() " +
      "where database_name = $1 and starts_with(comment, $2) and contains(comment, '(json_value(')",
    [catalog, label],
  );
  for (const [schema, view, comment] of reader.getRows()) {
    const name = [catalog, schema, view].map((part) => quoted(String(part))).join(".");
    const sql = String(comment).slice(label.length).replaceAll("(json_value(", "(system.main.json_value(");
    await writer.run(
      `begin; create or replace view ${name} as ${sql}; comment on view ${name} is ${literal(label + sql)}; commit`,
    );
  }
}

/** Types of BigQuery inside CAST and SAFE_CAST. DuckDB's own NUMERIC has three decimals, and drops the others in
 *  silence. */
const types: ReadonlyMap<string, string> = new Map([
  ["numeric", "DECIMAL(38, 9)"],
  ["decimal", "DECIMAL(38, 9)"],
  ["float64", "DOUBLE"],
  ["bytes", "BLOB"],
]);

// Texts, also with backslashes or between dollars, and names in quotes; comments; words; any other character.
const token = new RegExp(
  [
    String.raw`(?<quoted>(?<![\p{L}\p{N}_$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?`,
    String.raw`(?<![\p{L}\p{N}_$])\$(?<tag>[\p{L}_]?[\p{L}\p{N}_]*)\$[\s\S]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<line>--[^\n\r]*)`,
    String.raw`(?<block>/\*)`,
    String.raw`(?<plain>[\p{L}_][\p{L}\p{N}_$]*|[^\s])`,
  ].join("|"),
  "gu",
);

/** The text as DuckDB reads it: SAFE_CAST is TRY_CAST there, and no macro can be. Texts, names in quotes and comments
 *  stay as they are. */
export function fromGoogleSql(sql: string): string {
  const tokens = tokensOf(sql);
  /** For each open bracket, whether it is one of a cast. */
  const open: boolean[] = [];
  let written = "";
  let from = 0;
  for (const [index, { text, start }] of tokens.entries()) {
    const before = tokens[index - 1]?.text ?? "";
    const behind = tokens[index + 1]?.text;
    let other: string | undefined;
    if (text === "safe_cast" && behind === "(") other = "TRY_CAST";
    else if (before === "as" && behind === ")" && open.at(-1) === true) other = types.get(text);
    if (other !== undefined) {
      written += sql.slice(from, start) + other;
      from = start + text.length;
    }
    if (text === "(") open.push(["cast", "safe_cast", "try_cast"].includes(before));
    else if (text === ")") open.pop();
  }
  return written + sql.slice(from);
}

/** The words and signs of a text in lower case; what stands in quotes is an empty one, and comments are none. */
export const wordsOf = (sql: string): string[] => tokensOf(sql).map(({ text }) => text);

interface Token {
  /** In lower case; empty for what stands in quotes. */
  readonly text: string;
  readonly start: number;
}

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  for (let found = token.exec(sql); found !== null; found = token.exec(sql)) {
    const { index: start, groups } = found;
    const { quoted, line, block, plain } = groups!;
    if (block !== undefined) token.lastIndex = commentEnd(sql, start);
    else if (line === undefined)
      tokens.push({ text: quoted === undefined ? plain!.toLowerCase() : "", start });
  }
  return tokens;
}

/** Comments stand in comments. */
function commentEnd(sql: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}

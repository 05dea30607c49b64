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

/** The text as DuckDB reads it: SAFE_CAST is TRY_CAST there, and no macro can be. A text cast to BYTES is its UTF-8, which
 *  DuckDB calls encode; its own cast reads backslashes in it, and takes no other letters than English ones. Texts, names in
 *  quotes and comments stay as they are. */
export function fromGoogleSql(sql: string): string {
  const tokens = tokensOf(sql);
  /** By where it begins: what comes in the place of so many letters. */
  const edits = new Map<number, { letters: number; written: string }>();
  const edit = ({ text, start }: Token, written: string, letters = text.length) =>
    edits.set(start, { letters, written });
  /** For each open bracket the cast that it is of. */
  const open: (Token | undefined)[] = [];
  for (const [index, current] of tokens.entries()) {
    const { text, start } = current;
    const before = tokens[index - 1];
    const behind = tokens[index + 1]?.text;
    const cast = open.at(-1);
    if (text === "safe_cast" && behind === "(") edit(current, "TRY_CAST");
    else if (before?.text === "as" && behind === ")" && cast !== undefined) {
      const other = types.get(text);
      if (other !== undefined) edit(current, other);
      else if (text === "bytes") {
        edit(cast, "encode");
        edit(before, "", start + text.length - before.start);
      }
    }
    if (text === "(") open.push(casts.has(before?.text ?? "") ? before : undefined);
    else if (text === ")") open.pop();
  }
  let written = "";
  let from = 0;
  for (const [start, { letters, written: other }] of [...edits].toSorted(([a], [b]) => a - b)) {
    written += sql.slice(from, start) + other;
    from = start + letters;
  }
  return written + sql.slice(from);
}

/** The words and signs of a text in lower case; what stands in quotes is an empty one, and comments are none. */
export const wordsOf = (sql: string): string[] => tokensOf(sql).map(({ text }) => text);

const casts: ReadonlySet<string> = new Set(["cast", "safe_cast", "try_cast"]);

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

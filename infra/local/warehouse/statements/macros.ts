/** Functions of BigQuery that people's SQL has on one machine. See docs/decisions/one-sql-text.md. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { catalog, label, literal, quoted } from "../sql.ts";

/** For people's connection alone, and gone with it: the file and our own views know none of them.
 *  JSON_VALUE gives no quotes, and NULL for null, objects and arrays; DuckDB's own one is
 *  `system.main.json_value`. Bytes as text are what they are in UTF-8, where DuckDB's own cast shows
 *  escapes, which can be undone without a loss. */
export const macros: readonly string[] = [
  `create temp macro json_value(value) as
  case when json_type(value) in ('OBJECT', 'ARRAY', 'NULL') then null else value ->> '$' end,
(value, path) as
  case when json_type(value, path) in ('OBJECT', 'ARRAY', 'NULL') then null else value ->> path end`,
  `create temp macro json_query(value) as cast(value as json),
(value, path) as json_extract(value, path)`,
  `create temp macro json_query_array(value) as
  case json_type(value) when 'ARRAY' then cast(cast(value as json) as json[]) end,
(value, path) as
  case json_type(value, path) when 'ARRAY' then cast(json_extract(value, path) as json[]) end`,
  `create temp macro text_of(value) as case typeof(value)
  when 'BLOB' then decode(cast(cast(value as varchar) as blob)) else cast(value as varchar) end`,
  "create temp macro timestamp_seconds(s) as make_timestamptz(cast(s as bigint) * 1000000)",
  "create temp macro timestamp_millis(ms) as make_timestamptz(cast(ms as bigint) * 1000)",
  "create temp macro timestamp_micros(us) as make_timestamptz(cast(us as bigint))",
  "create temp macro unix_seconds(t) as cast(floor(epoch_us(t) / 1000000) as bigint)",
  "create temp macro unix_millis(t) as cast(floor(epoch_us(t) / 1000) as bigint)",
  "create temp macro unix_micros(t) as epoch_us(t)",
  "create temp macro unix_date(day) as day - date '1970-01-01'",
  "create temp macro safe_divide(a, b) as case when b = 0 then null else a / b end",
  "create temp macro regexp_contains(value, pattern) as regexp_matches(value, pattern)",
  "create temp macro logical_or(value) as bool_or(value)",
  "create temp macro logical_and(value) as bool_and(value)",
  "create temp macro to_hex(bytes) as lower(hex(bytes))",
];

/** Views of 0.1.0 say `json_value` and mean DuckDB's own: where the macros are, they would fail. They are
 *  made anew before these are there; a stream that gets no hits has nobody else to do it. */
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

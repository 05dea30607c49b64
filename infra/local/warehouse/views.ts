import { catalog, literal, quoted } from "./sql.ts";
import { oldIdColumn, streamRefLength } from "../../../functions/stream-ref.ts";
import type { TableRef } from "../../../functions/table.ts";
import { datasetName } from "../../../functions/table.ts";
import type { Columns } from "./rows.ts";

/** A table's name in our own SQL. */
export function sqlName(ref: TableRef): string {
  return `${quoted(catalog)}.${inDataset(ref)}`;
}

function inDataset(ref: TableRef): string {
  return `${quoted(datasetName(ref))}.${quoted(ref.table)}`;
}

/** A table's name inside a view. Without the catalog, which DuckDB names after the file, so that a copy works under any
 *  name; only these datasets need it, because catalogs have their names too. */
const catalogs = new Set([catalog, "temp", "system", "memory"]);

function viewed(ref: TableRef): string {
  return catalogs.has(datasetName(ref).toLowerCase()) ? sqlName(ref) : inDataset(ref);
}

// Columns are spelled out: DuckDB fails a view over `*` once its table gets another column, and the key to write that
// tables of an earlier version hold is nobody's to read.
function list(columns: Columns): string {
  return columns
    .filter(({ name }) => name !== oldIdColumn)
    .map(({ name }) => quoted(name))
    .join(", ");
}

function has(columns: Columns, name: string): boolean {
  return columns.some((column) => column.name.toLowerCase() === name);
}

function withoutTests(columns: Columns): string {
  return has(columns, "is_test") ? " where is_test is not true" : "";
}

export function uniqueSql(of: TableRef, columns: Columns): string {
  return (
    `select ${list(columns)} from ${viewed(of)}${withoutTests(columns)} ` +
    "qualify row_number() over (partition by date, hit_id order by received_at, payload) = 1"
  );
}

export function currentSql(of: TableRef, columns: Columns, key: string, updated: string | undefined): string {
  const byUpdated =
    updated === undefined ? "received_at * 1000" : `coalesce(${micros(scalar(updated))}, received_at * 1000)`;
  return (
    `select ${list(columns)} from ${viewed(of)}${withoutTests(columns)} ` +
    `qualify row_number() over (partition by coalesce(nullif(${scalar(key)}, ''), hit_id) ` +
    `order by ${byUpdated} desc, received_at desc, hit_id desc) = 1`
  );
}

/** The text of a value in `fields`, as BigQuery's JSON_VALUE gives it: NULL for null, objects and arrays. */
function scalar(dotted: string): string {
  const path = literal(
    `$${dotted
      .split(".")
      .map((name) => `."${name}"`)
      .join("")}`,
  );
  // People's own connection has another json_value.
  return `(system.main.json_value(fields, ${path}) ->> '$')`;
}

/** Microseconds since 1970 of an ISO 8601 text, in UTC where it names no zone; NULL for any other text. */
function micros(text: string): string {
  const day = String.raw`\d{4}-\d{1,2}-\d{1,2}`;
  const time = String.raw`[T ]\d{1,2}:\d{2}:\d{2}(\.\d{1,9})?`;
  const zone = String.raw`(Z| UTC|[+-]\d{2}(:?\d{2})?)`;
  const is = (pattern: string) => `regexp_full_match(${text}, ${literal(pattern)})`;
  return (
    `epoch_us(try_cast(case when ${is(day + time + zone)} then ${text} when ${is(day + time)} then ${text} || 'Z' ` +
    `when ${is(day)} then ${text} || 'T00:00:00Z' end as timestamptz))`
  );
}

/** What `streamRef` makes of an id. */
function refOf(id: string): string {
  return `substr(sha256(lower(${id})), 1, ${streamRefLength})`;
}

export function deadLetterStatesSql(letters: TableRef, events: TableRef, columns: Columns): string {
  // The body of a dead letter is the operator's to look at; the key to write to its stream is not.
  const shown = columns
    .filter(({ name }) => name !== "kept_apart")
    .map(({ name }) => (name === oldIdColumn ? `${refOf(quoted(name))} as stream_ref` : quoted(name)));
  shown.push(`${has(columns, "kept_apart") ? "coalesce(kept_apart, false)" : "false"} as kept_apart`);
  return (
    "with latest as (" +
    `select ${shown.join(", ")} from ${viewed(letters)} ` +
    'qualify row_number() over (partition by hit_id order by attempt desc, "at" desc) = 1' +
    "), happened as (" +
    "select hit_id, bool_or(event = 'discarded') as discarded, bool_or(event = 'delivered') as delivered, " +
    `max(attempt) filter (event = 'replayed') as replayed from ${viewed(events)} group by hit_id) ` +
    "select latest.*, " +
    "case when discarded then 'discarded' when delivered then 'delivered' " +
    "when replayed > attempt then 'replaying' else 'waiting' end as state " +
    "from latest left join happened on happened.hit_id = latest.hit_id"
  );
}

import { catalog, quoted } from "./sql.ts";
import { oldIdColumn, streamRefLength } from "../../../functions/stream-ref.ts";
import type { TableRef } from "../../../functions/table.ts";
import { datasetName } from "../../../functions/table.ts";
import type { View } from "../../../functions/warehouse.ts";
import { recordsSql } from "../../sql/records.ts";
import { duckdbSql } from "./dialect.ts";
import type { Columns } from "./rows/rows.ts";

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

function has(columns: Columns, name: string): boolean {
  return columns.some((column) => column.name.toLowerCase() === name);
}

/** The views of a stream's table. */
export function streamViewSql(view: Exclude<View, { kind: "dead_letter_states" }>, columns: Columns): string {
  return recordsSql(duckdbSql, view, { from: viewed(view.of), columns: columns.map(({ name }) => name) });
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

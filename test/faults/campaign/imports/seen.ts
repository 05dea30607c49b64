import { importTable } from "../../../../functions/import/tables.ts";
import type { Value, Warehouse } from "../../../../functions/warehouse.ts";

/** What the tables hold that a person or a program reads, a line a row: files as numbers in the order in
 *  which they came, and nothing that is another each time (moments, ids of readings). */
export type Tables = Readonly<Record<string, readonly string[]>>;

const columns: Readonly<Record<string, readonly string[]>> = {
  import_files:
    "name version attempt state code rows imported rejected new_events removed_events dates codes hints superseded_by removed_by".split(
      " ",
    ),
  import_day_changes: "date ev rows_before rows_after added removed file_id".split(" "),
  import_days: "date state rows".split(" "),
  backend_events: "event_id file_id row_no date ev reference_ev reference_id value".split(" "),
  backend_event_files: "event_id file_id version row_no current released_by".split(" "),
  backend_events_current: "event_id".split(" "),
  backend_events_linked: "event_id state reason web_event_id candidate_count days_between".split(" "),
  backend_event_links: "event_id state reason web_event_id".split(" "),
  backend_event_rejects: "file_id row_no faults raw".split(" "),
  backend_events_staged: ["event_id"],
};
/** Readings that were cut off leave bad rows that nobody sees. */
const ofReadings = "backend_event_rejects";
const files = new Set(["file_id", "superseded_by", "released_by"]);
const rowsMax = 10_000;

export async function seen(warehouse: Warehouse, dataset: string): Promise<Tables> {
  const select = (table: string, names: readonly string[]) =>
    warehouse.select({ from: importTable(dataset, table), columns: [...names], limit: rowsMax });
  const known = await select("import_files", ["file_id", "load_id"]);
  // Ids begin with the moment of arrival.
  const ids = known.map(({ file_id }) => String(file_id)).sort();
  const readings = new Set(known.map(({ load_id }) => load_id));
  const shown = (name: string, value: Value | undefined) =>
    files.has(name) && value ? ids.indexOf(String(value)) : (value ?? null);
  const tables: Record<string, string[]> = {};
  for (const [table, names] of Object.entries(columns)) {
    const rows =
      table === ofReadings
        ? (await select(table, [...names, "load_id"])).filter(({ load_id }) => readings.has(load_id!))
        : await select(table, names);
    tables[table] = rows.map((row) => JSON.stringify(names.map((name) => shown(name, row[name])))).sort();
  }
  return tables;
}

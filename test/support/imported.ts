import { importFiles, loadTableNames, rejectedRows } from "../../functions/import/load/tables.ts";
import type { TableSpec, Value, Warehouse } from "../../functions/warehouse.ts";

/** Rows of files that were read, as if they had been. */
const usual: Record<string, Value> = {
  import_id: "crm",
  name: "day.csv",
  version: 1,
  attempt: 1,
  source: "upload",
  sha256: "ab",
  bytes: 12,
  settings: "s",
  state: "imported",
  delimiter: ";",
  kind: "csv",
  columns: '["date","ev"]',
  new_events: 0,
  removed_events: 0,
  arrived_at: 1_795_000_000_000,
  finished_at: 1_795_000_000_000,
  arrived_on: "2026-11-18",
  load_id: "l",
  found_at: 1_795_000_000_000,
  found_on: "2026-11-18",
  row_no: 1,
  line_first: 2,
  faults: '[{"code":"ev_missing","field":"ev"}]',
};

export async function putFiles(
  warehouse: Warehouse,
  files: readonly Record<string, Value>[],
  rejects: readonly Record<string, Value>[] = [],
): Promise<void> {
  const put = async (name: string, spec: TableSpec, rows: readonly Record<string, Value>[]) => {
    const table = { dataset: "afterclick", table: name };
    await warehouse.createTable(table, spec);
    const values = rows.map((row) =>
      spec.columns.map((column) => row[column.name] ?? usual[column.name] ?? null),
    );
    await warehouse.append(table, spec.columns, values, { deadlineMs: 60_000 });
  };
  await put(loadTableNames.files, importFiles, files);
  await put(loadTableNames.rejects, rejectedRows, rejects);
}

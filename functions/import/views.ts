import { makeOwnTable } from "../own-table.ts";
import type { Dialect } from "../dialect.ts";
import type { Warehouse } from "../warehouse.ts";
import { backendEventFiles, backendEvents, importTable, importTableNames as names } from "./tables.ts";

/** The tables of backend events with the views that people and the linking read.
 *  @param dataset the product's own
 *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs */
export async function makeImportTables(warehouse: Warehouse, dataset: string): Promise<void> {
  await makeOwnTable(warehouse, importTable(dataset, names.events), backendEvents);
  await makeOwnTable(warehouse, importTable(dataset, names.files), backendEventFiles);
  await warehouse.putView(importTable(dataset, names.current), {
    kind: "written",
    sql: currentSql(warehouse.sql, dataset),
    about: "Each backend event that a current file or a hit holds, once, without tests",
  });
  await warehouse.putView(importTable(dataset, names.flat), {
    kind: "written",
    sql: flatSql(warehouse.sql, dataset),
    about: "Backend events in the five columns of the daily files",
  });
}

/** An event of files is there while a current version of one holds it; one of a hit always is. */
function currentSql(sql: Dialect, dataset: string): string {
  const table = (name: string) => sql.table(importTable(dataset, name));
  const columns = backendEvents.columns.map(({ name }) => sql.name(name)).join(", ");
  const id = sql.name("event_id");
  return (
    `SELECT ${columns} FROM ${table(names.events)} ` +
    `WHERE ${sql.name("is_test")} IS NOT TRUE AND (${sql.name("file_id")} IS NULL OR ${id} IN ` +
    `(SELECT ${id} FROM ${table(names.files)} WHERE ${sql.name("current")})) ` +
    // A load that was told twice may write a row twice.
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${id} ORDER BY ${sql.name("imported_at")}, ${sql.name("row_no")}) = 1`
  );
}

function flatSql(sql: Dialect, dataset: string): string {
  const { name } = sql;
  return (
    `SELECT CAST(${name("date")} AS STRING) AS ${name("date")}, ${name("ev")}, ` +
    `ARRAY_TO_STRING(${name("reference_ev")}, ',') AS ${name("reference_ev")}, ${name("reference_id")}, ` +
    `${sql.float(name("value"))} AS ${name("value")} FROM ${sql.table(importTable(dataset, names.current))}`
  );
}

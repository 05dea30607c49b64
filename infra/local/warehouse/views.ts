import { catalog, quoted } from "./sql.ts";
import type { TableRef } from "../../../functions/table.ts";
import { datasetName } from "../../../functions/table.ts";
import type { View } from "../../../functions/warehouse.ts";
import { letterStatesSql } from "../../sql/letters.ts";
import { recordsSql } from "../../sql/records.ts";
import { duckdbSql } from "./dialect.ts";

/** A table's name in our own SQL. */
export function sqlName(ref: TableRef): string {
  return `${quoted(catalog)}.${inDataset(ref)}`;
}

function inDataset(ref: TableRef): string {
  return `${quoted(datasetName(ref))}.${quoted(ref.table)}`;
}

/** A table's name inside a view. Without the catalog, which DuckDB names after the file, so that a copy works
 *  under any name; only these datasets need it, because catalogs have their names too. */
const catalogs = new Set([catalog, "temp", "system", "memory"]);

function viewed(ref: TableRef): string {
  return catalogs.has(datasetName(ref).toLowerCase()) ? sqlName(ref) : inDataset(ref);
}

/** What a view shows, in DuckDB's SQL. @param columns of the table that is shown, or of the dead letters */
export function viewSql(view: View, columns: readonly string[]): string {
  if (view.kind !== "dead_letter_states")
    return recordsSql(duckdbSql, view, { from: viewed(view.of), columns });
  const [letters, events] = [viewed(view.letters), viewed(view.events)];
  return letterStatesSql(duckdbSql, { letters, events, columns });
}

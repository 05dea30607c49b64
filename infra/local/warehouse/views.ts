import type { View } from "../../../functions/warehouse.ts";
import { letterStatesSql } from "../../sql/letters.ts";
import { recordsSql } from "../../sql/records.ts";
import { duckdbSql } from "./dialect.ts";
import { viewed } from "./sql.ts";

/** What a view shows, in DuckDB's SQL. @param columns of the table that is shown, or of the dead letters */
export function viewSql(view: View, columns: readonly string[]): string {
  if (view.kind === "written") return view.sql;
  if (view.kind !== "dead_letter_states")
    return recordsSql(duckdbSql, view, { from: viewed(view.of), columns });
  const [letters, events] = [viewed(view.letters), viewed(view.events)];
  return letterStatesSql(duckdbSql, { letters, events, columns });
}

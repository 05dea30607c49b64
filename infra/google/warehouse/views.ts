import { letterStatesSql } from "../../sql/letters.ts";
import { recordsSql } from "../../sql/records.ts";
import { googleSqlOf, quotedTable } from "./dialect.ts";
import type { View } from "../../../functions/warehouse.ts";

/** What a view shows, in GoogleSQL. All names are quoted: `at`, `by`, `hash` and `rows`
 *  are reserved words there.
 *  @param columns of the table that is shown, or of the dead letters
 *  @param project of tables that name none */
export function viewSql(view: View, columns: readonly string[], project: string): string {
  if (view.kind === "written") return view.sql;
  const googleSql = googleSqlOf(project);
  if (view.kind !== "dead_letter_states")
    return recordsSql(googleSql, view, { from: quotedTable(view.of, project), columns });
  const [letters, events] = [quotedTable(view.letters, project), quotedTable(view.events, project)];
  return letterStatesSql(googleSql, { letters, events, columns });
}

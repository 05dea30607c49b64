import { type DuckDBPreparedStatement, DuckDBTypeId } from "@duckdb/node-api";
import { distinctNames } from "../../../../functions/column-names.ts";
import type { ExportFormat } from "../../../../functions/snapshots.ts";
import { formulaStart, plainNumber, unformulated } from "../../../../functions/spreadsheet.ts";
import { literal, quoted } from "../sql.ts";

/** The rows of a statement as a file holds them: each column under a name of its own, the same as in answers, and bytes
 *  in CSV as base64, as answers and BigQuery have them. */
export function exportedSql(prepared: DuckDBPreparedStatement, sql: string, format: ExportFormat): string {
  const columns = Array.from({ length: prepared.columnCount }, (_, index) => ({
    place: `c${index}`,
    name: prepared.columnName(index),
    isBytes: prepared.columnTypeId(index) === DuckDBTypeId.BLOB,
  }));
  const names = distinctNames(columns.map(({ name }) => name));
  const cells = columns.map(({ place, isBytes }, index) => {
    const value = isBytes && format !== "parquet" ? `to_base64(${place})` : place;
    return format === "excel"
      ? `${harmless(`${value}::varchar`)} as ${quoted(unformulated(names[index]!))}`
      : `${value} as ${quoted(names[index]!)}`;
  });
  const places = columns.map(({ place }) => place).join(", ");
  // As a text, read as the one statement that was just seen: its last semicolon, and what stands behind it, would not fit
  // into a bracket.
  return `select ${cells.join(", ")} from query(${literal(sql)}) as t(${places})`;
}

/** A text that a spreadsheet does not run. */
function harmless(text: string): string {
  const runs =
    `regexp_matches(${text}, ${literal(formulaStart)}) ` +
    `and not regexp_full_match(${text}, ${literal(plainNumber)})`;
  return `case when ${runs} then '''' || ${text} else ${text} end`;
}

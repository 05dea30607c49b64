import {
  type DuckDBPreparedStatement,
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
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
    exact: exactType(prepared.columnType(index)),
  }));
  const names = distinctNames(columns.map(({ name }) => name));
  const cells = columns.map(({ place, isBytes, exact }, index) => {
    const inParquet = exact === undefined ? place : `cast(${place} as ${exact})`;
    const value = format === "parquet" ? inParquet : isBytes ? `to_base64(${place})` : place;
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

/** What Parquet holds in the place of a type that DuckDB would write there with a loss: integers past 64 bits, such as a
 *  sum, as doubles; intervals in milliseconds, and no negative ones; times without their offset.
 *  @returns undefined where nothing is lost, and where no type says what to cast to */
function exactType(type: DuckDBType): string | undefined {
  const single = exactTypes.get(type.typeId);
  if (single !== undefined) return single;
  if (type instanceof DuckDBListType) return suffixed(exactType(type.valueType), "[]");
  if (type instanceof DuckDBArrayType) return suffixed(exactType(type.valueType), `[${type.length}]`);
  if (type instanceof DuckDBMapType) {
    const [key, value] = [exactType(type.keyType), exactType(type.valueType)];
    if (key === undefined && value === undefined) return undefined;
    return `map(${key ?? type.keyType.toString()}, ${value ?? type.valueType.toString()})`;
  }
  // One without names is a row, and no name of a type says that.
  if (!(type instanceof DuckDBStructType) || type.entryNames.includes("")) return undefined;
  const entries = type.entryTypes.map(exactType);
  if (entries.every((entry) => entry === undefined)) return undefined;
  const named = type.entryNames.map(
    (name, at) => `${quoted(name)} ${entries[at] ?? type.entryTypes[at]!.toString()}`,
  );
  return `struct(${named.join(", ")})`;
}

const suffixed = (type: string | undefined, suffix: string) => type && type + suffix;

/** One past 38 digits is refused rather than rounded. */
const exactTypes: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.HUGEINT, "decimal(38, 0)"],
  [DuckDBTypeId.UHUGEINT, "decimal(38, 0)"],
  [DuckDBTypeId.INTERVAL, "varchar"],
  [DuckDBTypeId.TIME_TZ, "varchar"],
]);

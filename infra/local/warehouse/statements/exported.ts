import {
  type DuckDBPreparedStatement,
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import { byteOrderMark, csvLine } from "../../../../functions/csv.ts";
import { chunksOf, type Streamed } from "../streamed.ts";
import { literal, quoted } from "../sql.ts";
import { jsonCells } from "../values.ts";

/** The rows of a statement as a Parquet file holds them: each column under a name of its own,
 *  the same as in answers. */
export function parquetSql(prepared: DuckDBPreparedStatement, sql: string, names: readonly string[]): string {
  const columns = Array.from({ length: prepared.columnCount }, (_, index) => ({
    place: `c${index}`,
    exact: exactType(prepared.columnType(index)),
  }));
  const cells = columns.map(({ place, exact }, index) => {
    const value = exact === undefined ? place : `cast(${place} as ${exact})`;
    return `${value} as ${quoted(names[index]!)}`;
  });
  const places = columns.map(({ place }) => place).join(", ");
  // As a text, read as the one statement that was just seen: its last semicolon, and what stands behind it,
  // would not fit into a bracket.
  return `select ${cells.join(", ")} from query(${literal(sql)}) as t(${places})`;
}

/** The rows of a result as CSV, as answers have them, in parts of about a MiB. */
export async function* csvParts(
  streamed: Streamed,
  names: readonly string[],
  excel: boolean,
): AsyncGenerator<string> {
  let part = (excel ? byteOrderMark : "") + csvLine(names, { excel });
  for await (const { count, row } of chunksOf(streamed, jsonCells))
    for (let index = 0; index < count; index += 1) {
      part += csvLine(row(index), { excel });
      if (part.length < partLettersMin) continue;
      yield part;
      part = "";
    }
  yield part;
}

const partLettersMin = 1024 * 1024;

/** What Parquet holds in the place of a type that DuckDB would write there with a loss: integers
 *  past 64 bits, such as a sum, as doubles; intervals in milliseconds, and no negative ones;
 *  times without their offset.
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

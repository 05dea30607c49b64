/** Rows into DuckDB's vectors. The raw bindings are used because the wrapper hands texts over as C strings,
 *  which end at the first NUL, and because it costs twice the time. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBListValue,
  LIST,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBType,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { BoundedMap } from "../../../../functions/bounded.ts";
import { appendDifferences } from "../../../../functions/destination.ts";
import { isNumeric, textsOf } from "../../../../functions/values.ts";
import type { Column, ColumnType, TableDescription, Value } from "../../../../functions/warehouse.ts";
import { sliceRows, valueAt, type PackedColumn, type PackedRows } from "./packed.ts";

export type Columns = TableDescription["columns"];

// JSON is a text to DuckDB's vectors.
const vectorTypes: Record<ColumnType, DuckDBType> = {
  STRING: VARCHAR,
  INT64: BIGINT,
  DATE,
  JSON: VARCHAR,
  BYTES: BLOB,
  BOOL: BOOLEAN,
  NUMERIC: DECIMAL(38, 9),
  "ARRAY<STRING>": LIST(VARCHAR),
};
/** DuckDB's limit of a chunk. */
const chunkRowsMax = 2048;

/** Where each column of the table finds its value in a row; -1 for those left NULL. */
export interface Plan {
  readonly types: readonly DuckDBType[];
  readonly kinds: readonly ColumnType[];
  readonly names: readonly string[];
  readonly required: readonly boolean[];
  readonly from: readonly number[];
}

/** How rows of these columns go into a table, or why they cannot: a sentence's part for schema_differs. */
export function planRows(table: Columns, written: readonly Column[]): Plan | string {
  const differences = appendDifferences({ kind: "table", columns: table }, written);
  if (differences.length > 0) return differences.join("; ");
  const from = table.map(({ name }) => written.findIndex((column) => same(column.name, name)));
  // A column that is not written may have any type: the appender takes NULLs of another.
  const kinds = table.map(({ type }) => (type in vectorTypes ? (type as ColumnType) : "STRING"));
  return {
    kinds,
    types: kinds.map((kind) => vectorTypes[kind]),
    names: table.map(({ name }) => name),
    required: table.map(({ required }) => required),
    from,
  };
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The rows that the table would refuse, with the reason. DuckDB itself checks neither JSON
 *  nor dates in a vector. */
export function refusedRows(plan: Plan, rows: PackedRows): { index: number; why: string }[] {
  const refused = new Map<number, string>();
  for (const [column, from] of plan.from.entries()) {
    if (from === -1) continue;
    const values = rows.columns[from]!;
    const kind = plan.kinds[column]!;
    const required = plan.required[column]!;
    // One value for all rows is looked at once.
    const looks = "values" in values ? rows.count : 1;
    for (let index = 0; index < looks; index += 1) {
      const wrong = mistake(valueAt(values, index), kind, required);
      if (wrong === undefined) continue;
      const upTo = "values" in values ? index + 1 : rows.count;
      for (let row = index; row < upTo; row += 1)
        if (!refused.has(row)) refused.set(row, `${plan.names[column]!} ${wrong}`);
    }
  }
  return [...refused].map(([index, why]) => ({ index, why })).sort((one, other) => one.index - other.index);
}

function mistake(value: Value, kind: ColumnType, required: boolean): string | undefined {
  if (value === null) return required ? "is required and has no value" : undefined;
  switch (kind) {
    case "STRING":
      return typeof value === "string" ? undefined : "is no text";
    case "INT64":
      return Number.isSafeInteger(value) ? undefined : "is no integer that is kept exactly";
    case "DATE":
      return typeof value === "string" && dayOf(value) !== undefined ? undefined : "is no date YYYY-MM-DD";
    case "JSON":
      return typeof value === "string" && isJson(value) ? undefined : "is no JSON text";
    case "BYTES":
      return value instanceof Uint8Array ? undefined : "is no bytes";
    case "BOOL":
      return typeof value === "boolean" ? undefined : "is neither true nor false";
    case "NUMERIC":
      return isNumeric(value) ? undefined : "is no decimal that is kept exactly";
    case "ARRAY<STRING>":
      return textsOf(value) !== undefined ? undefined : "is no JSON list of texts";
  }
}

/** Stricter than JSON.parse by one rule: DuckDB fails every later query on an escaped lone surrogate. */
function isJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return !text.includes("\\u") || !hasLoneSurrogate(parsed);
  } catch {
    return false;
  }
}

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === "string") return !value.isWellFormed();
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => !key.isWellFormed() || hasLoneSurrogate(inner));
}

const days = new BoundedMap<string, number | undefined>(10_000);

/** Days since 1970 of a date from year 1 on. */
function dayOf(date: string): number | undefined {
  if (days.has(date)) return days.get(date);
  const at = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 30 February for 1 March in some engines: only a date that comes back as it went is one.
  const real = !Number.isNaN(at) && date >= "0001" && new Date(at).toISOString().startsWith(date);
  const day = real ? at / 86_400_000 : undefined;
  days.set(date, day);
  return day;
}

/** Gives rows that `refusedRows` passed to an appender; they are written when it is flushed. */
export function appendRows(appender: DuckDBAppender, plan: Plan, rows: PackedRows): void {
  for (let start = 0; start < rows.count; start += chunkRowsMax) {
    const end = Math.min(start + chunkRowsMax, rows.count);
    const part = end - start < rows.count ? sliceRows(rows, start, end) : rows;
    const chunk = DuckDBDataChunk.create(plan.types, part.count);
    for (const [column, from] of plan.from.entries()) {
      const values = from === -1 ? { same: null } : part.columns[from]!;
      const kind = plan.kinds[column]!;
      if (kind === "NUMERIC" || kind === "ARRAY<STRING>") fillByWrapper(chunk, column, kind, values);
      else fill(duckdb.data_chunk_get_vector(chunk.chunk, column), kind, values, part.count);
    }
    appender.appendDataChunk(chunk);
  }
}

/** Columns that hits have none of: what the wrapper costs does not matter, and no name holds a NUL. */
function fillByWrapper(
  chunk: DuckDBDataChunk,
  column: number,
  kind: "NUMERIC" | "ARRAY<STRING>",
  values: PackedColumn,
): void {
  const made = Array.from({ length: chunk.rowCount }, (_, index) => {
    const value = valueAt(values, index);
    if (value === null) return null;
    return kind === "NUMERIC" ? decimal(String(value)) : new DuckDBListValue(textsOf(value)!);
  });
  chunk.setColumnValues(column, made);
}

const decimals = 9;

function decimal(text: string): DuckDBDecimalValue {
  const [whole = "", fraction = ""] = text.split(".");
  return new DuckDBDecimalValue(BigInt(whole + fraction.padEnd(decimals, "0")), 38, decimals);
}

function fill(vector: duckdb.Vector, kind: ColumnType, column: PackedColumn, count: number): void {
  let valid: Uint8Array<ArrayBuffer> | undefined;
  const fixed =
    kind === "INT64"
      ? new BigInt64Array(count)
      : kind === "DATE"
        ? new Int32Array(count)
        : kind === "BOOL"
          ? new Uint8Array(count)
          : undefined;
  for (let index = 0; index < count; index += 1) {
    const value = valueAt(column, index);
    if (value === null) {
      valid ??= new Uint8Array(Math.ceil(count / 64) * 8).fill(0xff);
      valid[index >> 3]! &= ~(1 << (index & 7));
    } else if (typeof value === "string") {
      if (fixed !== undefined) fixed[index] = dayOf(value)!;
      else if (value.includes("\0"))
        duckdb.vector_assign_string_element_len(vector, index, Buffer.from(value));
      else duckdb.vector_assign_string_element(vector, index, value);
    } else if (value instanceof Uint8Array) duckdb.vector_assign_string_element_len(vector, index, value);
    else if (fixed instanceof BigInt64Array) fixed[index] = BigInt(value);
    else fixed![index] = Number(value);
  }
  if (fixed !== undefined) duckdb.copy_data_to_vector(vector, 0, fixed.buffer, 0, fixed.byteLength);
  if (valid !== undefined) {
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, valid.buffer, 0, valid.byteLength);
  }
}

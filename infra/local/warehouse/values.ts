/** Values of DuckDB's vectors as JSON that loses nothing: integers past 2^53 and decimals as texts, times as
 *  ISO 8601, bytes as base64. The raw bindings are used because the wrapper drops U+FEFF at a text's start,
 *  and makes objects of structs: all fields without a name are one there, and `__proto__` is none. */
import { BoundedMap } from "../../../functions/bounded.ts";
import {
  DuckDBArrayType,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionType,
  DuckDBVector,
  JsonDuckDBValueConverter,
  UTINYINT,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type Json,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

/** The value at an index. */
type At<T> = (index: number) => T;

/** @param count the values that the vector holds */
export function jsonCells(vector: duckdb.Vector, type: DuckDBType, count: number): At<Json> {
  const cells = present(vector, type, count);
  const valid = duckdb.vector_get_validity(vector, Math.ceil(count / 64) * 8);
  return (index) => (valid && (valid[index >> 3]! & (1 << (index & 7))) === 0 ? null : cells(index));
}

/** As the warehouse's port has them: bytes as they are, and what is no scalar as a JSON text. */
export function valueCells(
  vector: duckdb.Vector,
  type: DuckDBType,
  count: number,
): At<string | number | boolean | Uint8Array | null> {
  if (type.typeId === DuckDBTypeId.BLOB) {
    const blobs = DuckDBVector.create(vector, count, type);
    return (index) => {
      const value = blobs.getItem(index);
      return value instanceof DuckDBBlobValue ? value.bytes : null;
    };
  }
  const cells = jsonCells(vector, type, count);
  return (index) => {
    const json = cells(index);
    return typeof json === "object" && json !== null ? JSON.stringify(json) : json;
  };
}

function present(vector: duckdb.Vector, type: DuckDBType, count: number): At<Json> {
  if (type.typeId === DuckDBTypeId.VARCHAR) return texts(vector, count);
  if (type instanceof DuckDBListType) return lists(vector, type.valueType, count);
  if (type instanceof DuckDBMapType)
    return lists(vector, new DuckDBStructType(["key", "value"], [type.keyType, type.valueType]), count);
  if (type instanceof DuckDBArrayType) {
    const { length, valueType } = type;
    const elements = jsonCells(duckdb.array_vector_get_child(vector), valueType, count * length);
    return (index) => Array.from({ length }, (_, at) => elements(index * length + at));
  }
  if (type instanceof DuckDBStructType) return structs(vector, type, count);
  if (type instanceof DuckDBUnionType) return unions(vector, type, count);
  const values = DuckDBVector.create(vector, count, type);
  return (index) => scalar(values.getItem(index), type);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** A text of so many bytes lies in its slot, a longer one where the slot points to. */
const inSlotBytesMax = 12;

function texts(vector: duckdb.Vector, count: number): At<string> {
  const { buffer, byteOffset, byteLength } = duckdb.vector_get_data(vector, count * 16);
  const view = new DataView(buffer, byteOffset, byteLength);
  return (index) => {
    const length = view.getUint32(index * 16, true);
    const at = byteOffset + index * 16;
    return decoder.decode(
      length <= inSlotBytesMax
        ? new Uint8Array(buffer, at + 4, length)
        : duckdb.get_data_from_pointer(buffer as ArrayBuffer, at + 8, length),
    );
  };
}

/** Each is stored as an offset into the vector of all elements, and a length. */
function lists(vector: duckdb.Vector, elementType: DuckDBType, count: number): At<Json[]> {
  const elements = jsonCells(
    duckdb.list_vector_get_child(vector),
    elementType,
    duckdb.list_vector_get_size(vector),
  );
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * 16);
  const entries = new BigUint64Array(buffer, byteOffset, count * 2);
  return (index) => {
    const from = Number(entries[index * 2]);
    return Array.from({ length: Number(entries[index * 2 + 1]) }, (_, at) => elements(from + at));
  };
}

/** Fields without names are told by their place: an array. */
function structs(
  vector: duckdb.Vector,
  { entryNames, entryTypes }: DuckDBStructType,
  count: number,
): At<Json> {
  const fields = entryTypes.map((type, entry) =>
    jsonCells(duckdb.struct_vector_get_child(vector, entry), type, count),
  );
  if (entryNames.every((name) => name === "")) return (index) => fields.map((field) => field(index));
  // Unlike an assignment, this makes a field of `__proto__`.
  return (index) => Object.fromEntries(fields.map((field, entry) => [entryNames[entry]!, field(index)]));
}

/** A struct whose first field says which of the others counts. */
function unions(
  vector: duckdb.Vector,
  { memberTags, memberTypes }: DuckDBUnionType,
  count: number,
): At<Json> {
  const tags = jsonCells(duckdb.struct_vector_get_child(vector, 0), UTINYINT, count);
  const members = memberTypes.map((type, entry) =>
    jsonCells(duckdb.struct_vector_get_child(vector, entry + 1), type, count),
  );
  return (index) => {
    const tag = tags(index);
    return tag === null ? null : { tag: memberTags[Number(tag)]!, value: members[Number(tag)]!(index) };
  };
}

function scalar(value: DuckDBValue, type: DuckDBType): Json {
  if (value === null) return null;
  if (typeof value === "bigint") return integer(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  // A NUMERIC, as BigQuery writes it.
  if (value instanceof DuckDBDecimalValue && value.width === 38 && value.scale === 9)
    return String(value).replace(/\.?0+$/, "");
  if (value instanceof DuckDBDateValue) return value.isFinite ? dayText(value.days) : endless(value.days);
  const stamp = stampOf(value);
  if (stamp !== undefined) return stamp.isFinite ? stampText(stamp) : endless(stamp.nanos);
  if (value instanceof DuckDBIntervalValue || type.typeId === DuckDBTypeId.GEOMETRY) return String(value);
  return JsonDuckDBValueConverter(value, type, JsonDuckDBValueConverter) ?? null;
}

function integer(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

// The wrapper's own texts of days and times are wrong for what has no end, and around the year 1.
const endless = (value: number | bigint): string => (value < 0 ? "-infinity" : "infinity");

interface Stamp {
  /** Since 1970. */
  readonly nanos: bigint;
  readonly isFinite: boolean;
  readonly isInstant: boolean;
}

function stampOf(value: DuckDBValue): Stamp | undefined {
  const stamp = (nanos: bigint, isFinite: boolean, isInstant = false) => ({ nanos, isFinite, isInstant });
  if (value instanceof DuckDBTimestampTZValue) return stamp(value.micros * 1000n, value.isFinite, true);
  if (value instanceof DuckDBTimestampValue) return stamp(value.micros * 1000n, value.isFinite);
  if (value instanceof DuckDBTimestampNanosecondsValue) return stamp(value.nanos, value.isFinite);
  if (value instanceof DuckDBTimestampMillisecondsValue)
    return stamp(value.millis * 1_000_000n, value.isFinite);
  if (value instanceof DuckDBTimestampSecondsValue)
    return stamp(value.seconds * 1_000_000_000n, value.isFinite);
  return undefined;
}

const dayNanos = 86_400_000_000_000n;

/** ISO 8601; an instant with at least milliseconds, and Z. Before the year 1 as DuckDB writes it. */
function stampText({ nanos, isInstant }: Stamp): string {
  const inDay = ((nanos % dayNanos) + dayNanos) % dayNanos;
  const day = dayText(Number((nanos - inDay) / dayNanos));
  const seconds = new Date(Number(inDay / 1_000_000_000n) * 1000).toISOString().slice(11, 19);
  const digits = String(inDay % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "")
    .padEnd(isInstant ? 3 : 0, "0");
  const time = digits === "" ? seconds : `${seconds}.${digits}`;
  return `${day}${day.endsWith(")") ? " " : "T"}${time}${isInstant ? "Z" : ""}`;
}

/** Days of 400 years: the calendar begins anew then. */
const cycleDays = 146_097;

/** Rows of a table are of a few days. */
const dayTexts = new BoundedMap<number, string>(2_000);

function dayText(days: number): string {
  const known = dayTexts.get(days);
  if (known !== undefined) return known;
  const text = madeDayText(days);
  dayTexts.set(days, text);
  return text;
}

function madeDayText(days: number): string {
  const cycles = Math.floor(days / cycleDays);
  const date = new Date((days - cycles * cycleDays) * 86_400_000);
  const year = date.getUTCFullYear() + cycles * 400;
  const text = String(year > 0 ? year : 1 - year).padStart(4, "0") + date.toISOString().slice(4, 10);
  return year > 0 ? text : `${text} (BC)`;
}

import type { DecodedArray, SchemaElement } from "hyparquet";
import { BoundedMap } from "../../functions/bounded.ts";
import type { ParquetCell } from "../../functions/parquet.ts";
import { scaleOf, type Column } from "./columns.ts";

/** Stored values as text, in the way that keeps them exact. */
export function cellsOf(values: DecodedArray, column: Column): ParquetCell[] {
  // They are text already, or null.
  if (column.isText && column.type === "text" && Array.isArray(values)) return values as ParquetCell[];
  const asText = textOf(column);
  const cells: ParquetCell[] = [];
  for (const value of values as ArrayLike<unknown> & Iterable<unknown>)
    cells.push(value === null || value === undefined ? null : asText(value));
  return cells;
}

function textOf({ type, element }: Column): (value: unknown) => ParquetCell {
  if (type === "list")
    return (value) => (value as unknown[]).map((each) => text(each) as string | Uint8Array | null);
  if (type === "text") return text;
  if (type === "date") return remembering((days) => dayText(Number(days) * dayMs));
  if (type === "timestamp") return (time) => timeText(nanosOf(time, element), "");
  if (type === "instant") return (time) => timeText(nanosOf(time, element), "Z");
  if (type === "uuid") return (bytes) => uuidText(bytes as Uint8Array);
  if (type === "decimal" || type === "integer") return decimalText(element);
  if (type === "float") return floatText(element);
  return String;
}

/** Days repeat from row to row. */
function remembering(textOfDay: (days: unknown) => string): (days: unknown) => string {
  const known = new BoundedMap<unknown, string>(daysMax);
  return (days) => {
    let day = known.get(days);
    if (day === undefined) known.set(days, (day = textOfDay(days)));
    return day;
  };
}

const daysMax = 1000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function text(value: unknown): ParquetCell {
  if (!(value instanceof Uint8Array)) return (value ?? null) as ParquetCell;
  try {
    return utf8.decode(value);
  } catch {
    return value;
  }
}

const dayMs = 86_400_000;
const dayNanos = BigInt(dayMs) * 1_000_000n;

function dayText(ms: number): string {
  // Days that have no name in four digits are no dates for anybody.
  return Math.abs(ms) > 8.64e15 ? `day ${ms / dayMs}` : new Date(ms).toISOString().split("T")[0]!;
}

function nanosOf(time: unknown, { type, converted_type: old, logical_type: logical }: SchemaElement): bigint {
  const stored = BigInt(time as bigint | number);
  if (type === "INT96") return stored;
  const unit =
    logical?.type === "TIMESTAMP" ? logical.unit : old === "TIMESTAMP_MILLIS" ? "MILLIS" : "MICROS";
  return stored * (unit === "MILLIS" ? 1_000_000n : unit === "MICROS" ? 1000n : 1n);
}

function timeText(nanos: bigint, zone: string): string {
  const inDay = ((nanos % dayNanos) + dayNanos) % dayNanos;
  const day = dayText(Number((nanos - inDay) / 1_000_000n));
  const seconds = Number(inDay / 1_000_000_000n);
  const [hour, minute, second] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
    String(Math.floor(part)).padStart(2, "0"),
  );
  const part = String(inDay % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${day}T${hour}:${minute}:${second}${part === "" ? "" : `.${part}`}${zone}`;
}

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function decimalText({
  scale,
  logical_type: logical,
  converted_type: old,
}: SchemaElement): (value: unknown) => string {
  const digits = scale ?? scaleOf(logical);
  const unsigned = old?.startsWith("UINT") === true || (logical?.type === "INTEGER" && !logical.isSigned);
  return (value) => {
    const whole = value instanceof Uint8Array ? bigEndian(value) : BigInt(value as bigint | number);
    const exact = unsigned && whole < 0n ? BigInt.asUintN(typeof value === "number" ? 32 : 64, whole) : whole;
    if (digits === 0) return exact.toString();
    const text = (exact < 0n ? -exact : exact).toString().padStart(digits + 1, "0");
    return `${exact < 0n ? "-" : ""}${text.slice(0, -digits)}.${text.slice(-digits)}`;
  };
}

function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

/** The shortest decimal that is this very number in as many bits. */
function floatText({ type }: SchemaElement): (value: unknown) => string {
  if (type === "DOUBLE") return String;
  if (type === "FLOAT")
    return (value) => shortest(value as number, (text) => Math.fround(Number(text)) === value);
  return (value) => {
    const half = halfOf(value as Uint8Array);
    const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(half)))) - 10);
    return shortest(half, (text) => Math.abs(Number(text) - half) < step / 2);
  };
}

function shortest(number: number, isSame: (text: string) => boolean): string {
  if (!Number.isFinite(number) || number === 0) return String(number);
  for (let digits = 1; digits <= 9; digits++) {
    const text = number.toPrecision(digits);
    if (isSame(text)) return text;
  }
  return String(number);
}

function halfOf(bytes: Uint8Array): number {
  const bits = bytes[0]! | (bytes[1]! << 8);
  const [sign, exponent, part] = [bits >> 15 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return part === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * 2 ** -14 * (part / 1024) : sign * 2 ** (exponent - 15) * (1 + part / 1024);
}

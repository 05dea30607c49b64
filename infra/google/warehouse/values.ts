import { distinctNames } from "../../../functions/column-names.ts";
import type { Value } from "../../../functions/warehouse.ts";
import type { Field, Row } from "./query.ts";

/** BigQuery's REST API gives every scalar as a text: here they become the port's values.
 *  Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list */

/** BigQuery answers with the older names of some types. */
const standardNames: Record<string, string> = {
  INTEGER: "INT64",
  BOOLEAN: "BOOL",
  FLOAT: "FLOAT64",
  RECORD: "STRUCT",
};

function standardType(type: string): string {
  return standardNames[type] ?? type;
}

/** The type in the words of ColumnType, or BigQuery's own, e.g. `ARRAY<STRING>`. */
export function typeOf({ type, mode }: { type: string; mode?: string | undefined }): string {
  return mode === "REPEATED" ? `ARRAY<${standardType(type)}>` : standardType(type);
}

/** A row of a table whose columns are the port's. */
export function toValues(row: Row, fields: readonly Field[]): Record<string, Value> {
  return Object.fromEntries(
    fields.map((field, index) => [field.name, toValue(row.f?.[index]?.v ?? null, field)]),
  );
}

function toValue(value: unknown, field: Field): Value {
  if (value !== null && typeOf(field) === "BYTES") return Buffer.from(String(value), "base64");
  const json = toJson(value, field);
  if (json === null || typeof json === "string" || typeof json === "number" || typeof json === "boolean")
    return json;
  return JSON.stringify(json);
}

/** JSON that loses nothing: integers past 2^53 and decimals as texts, times as ISO 8601, bytes as base64. */
export function toJson(value: unknown, field: Field): unknown {
  if (value === null || value === undefined) return null;
  if (field.mode === "REPEATED") {
    const element = { ...field, mode: "NULLABLE" };
    return (value as { v: unknown }[]).map(({ v }) => toJson(v, element));
  }
  switch (standardType(field.type)) {
    case "STRUCT":
      return toObject(value as Row, field.fields ?? []);
    case "INT64":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "FLOAT64":
      return float(String(value));
    case "BOOL":
      return String(value) === "true";
    case "NUMERIC":
      return decimalText(String(value));
    case "TIMESTAMP":
      return isoTime(String(value));
    default:
      return String(value);
  }
}

/** NaN and the infinities are no JSON: texts, as JavaScript and the other ground write them. */
function float(text: string): number | string {
  const number = Number(text.replace(/^([+-]?)inf(?:inity)?$/i, "$1Infinity"));
  return Number.isFinite(number) ? number : String(number);
}

/** As BigQuery writes it: the emulator has zeros at its end, and powers of ten. */
function decimalText(text: string): string {
  const [, sign, whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d*))?(?:E([+-]?\d+))?$/.exec(text) ?? [];
  if (sign === undefined) return text;
  const digits = (whole + fraction).padStart(fraction.length - Number(power) + 1, "0");
  const mark = digits.length - fraction.length + Number(power);
  const plain = `${digits.slice(0, mark).padEnd(mark, "0")}.${digits.slice(mark)}`;
  return sign + plain.replace(/^0+(?=\d)/, "").replace(/\.?0*$/, "");
}

function toObject(row: Row, fields: readonly Field[]): Record<string, unknown> {
  const names = distinctNames(fields.map(({ name }) => name));
  return Object.fromEntries(
    fields.map((field, index) => [names[index]!, toJson(row.f?.[index]?.v ?? null, field)]),
  );
}

/** From microseconds since 1970, with at least milliseconds; what is no integer stays as it is. */
function isoTime(text: string): string {
  if (!/^-?\d{1,18}$/.test(text)) return text;
  const micros = BigInt(text);
  const rest = ((micros % 1_000n) + 1_000n) % 1_000n;
  const date = new Date(Number((micros - rest) / 1_000n));
  if (Number.isNaN(date.getTime())) return text;
  const more = String(rest).padStart(3, "0").replace(/0+$/, "");
  return date.toISOString().replace(/Z$/, `${more}Z`);
}

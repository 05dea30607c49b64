import { mayLoseDigits } from "../../payload/json.ts";
import { isDay } from "../../streams/calendar.ts";
import { readTime } from "../../streams/records/times.ts";
import { storable } from "../../import/fields/text.ts";

/** What the values of a field are, by the contract of JSON feeds. */
export const feedTypes = ["BOOLEAN", "INTEGER", "FLOAT", "DATE", "TIMESTAMP", "RECORD", "STRING"] as const;
export type FeedType = (typeof feedTypes)[number];

/** TypeScript's library does not know them yet; they are in Node since 21.
 *  Source: https://tc39.es/proposal-json-parse-with-source/ */
const exactJson = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/** The record; an integer that a double would not keep is a bigint. @throws SyntaxError */
export function parseRecord(text: string): Record<string, unknown> {
  if (!mayLoseDigits.test(text)) return JSON.parse(text) as Record<string, unknown>;
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === "number" &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    /^-?\d{1,100}$/.test(source)
      ? BigInt(source)
      : value,
  ) as Record<string, unknown>;
}

const [int64Min, int64Max] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Undefined where it says nothing: null, and an empty text, which stands for none in fields of dates. */
export function typeOf(value: unknown, zone: string): FeedType | undefined {
  switch (typeof value) {
    case "boolean":
      return "BOOLEAN";
    case "number":
      return Number.isSafeInteger(value) ? "INTEGER" : "FLOAT";
    case "bigint":
      return value >= int64Min && value <= int64Max ? "INTEGER" : "STRING";
    case "string":
      if (value === "") return undefined;
      if (!looksDated(value)) return "STRING";
      if (value.length === 10) return isDay(value) ? "DATE" : "STRING";
      return momentOf(value, zone) === undefined ? "STRING" : "TIMESTAMP";
    default:
      return value === null ? undefined : "RECORD";
  }
}

/** What a field of both has. Integers among fractions are no other type. */
export function merged(one: FeedType, other: FeedType): FeedType {
  if (one === other) return one;
  const numbers: readonly FeedType[] = ["INTEGER", "FLOAT"];
  return numbers.includes(one) && numbers.includes(other) ? "FLOAT" : "STRING";
}

/** As the text that a column of the type is made of; null for none. */
export function cellOf(value: unknown, type: FeedType, zone: string): string | null {
  if (value === null || value === undefined) return null;
  if (type === "RECORD") return jsonOf(value);
  if (typeof value === "object") return jsonOf(value);
  if (typeof value !== "string") return String(value);
  if (type === "STRING") return storable(value);
  if (value === "") return null;
  return type === "TIMESTAMP" ? (momentOf(value, zone) ?? null) : value;
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === "string") return storable(each);
    if (typeof each !== "bigint") return each;
    return each >= int64Min && each < 2n ** 64n ? exactJson.rawJSON(String(each)) : String(each);
  });
}

/** YYYY-MM-DD, and whatever follows. */
const looksDated = (text: string): boolean =>
  text.length >= 10 &&
  text.length <= 40 &&
  text.charCodeAt(4) === 0x2d &&
  text.charCodeAt(7) === 0x2d &&
  dated.test(text);
const dated =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?$/;

/** In UTC, as every warehouse reads it; without an offset it is a clock of the zone. */
function momentOf(text: string, zone: string): string | undefined {
  // Most are written so already; the others take twenty times as long.
  if (isPlain(text)) return text;
  const micros = readTime(text, zone);
  if (micros === undefined) return undefined;
  const inSecond = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = Number((micros - inSecond) / 1_000_000n);
  const iso = new Date(seconds * 1000).toISOString();
  // A year that no warehouse has.
  if (iso.length !== 24) return undefined;
  return `${iso.slice(0, 19)}.${String(inSecond).padStart(6, "0")}Z`;
}

/** In UTC, of a day and a time that there are in every month and minute. */
function isPlain(text: string): boolean {
  if (!plain.test(text)) return false;
  const two = (at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
  const [month, day] = [two(5), two(8)];
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= 28 && !text.startsWith("0000");
  return isDate && two(11) <= 23 && two(14) <= 59 && two(17) <= 59;
}
const plain = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

/** Calls of BigQuery that DuckDB has in other words. Each is written so that it says the same wherever
 *  BigQuery gives an answer; what cannot be is left, and refused with its name (instead.ts). No argument is
 *  written twice: calls stand in calls. */
import { literal, quoted } from "../sql.ts";
import type { Word } from "./words.ts";

export interface Argument {
  readonly words: readonly Word[];
  /** As it was given. */
  readonly raw: string;
  /** As DuckDB reads it: all of it, or the words from one to before another. */
  text(from?: number, to?: number): string;
}

/** @returns undefined where the call stays as it is */
type Write = (args: readonly Argument[]) => string | undefined;

/** DuckDB's own NUMERIC has three decimals, and drops the others in silence; its TIMESTAMP is no instant. */
const types: ReadonlyMap<string, string> = new Map([
  ["numeric", "DECIMAL(38, 9)"],
  ["decimal", "DECIMAL(38, 9)"],
  ["float64", "DOUBLE"],
  ["timestamp", "TIMESTAMPTZ"],
]);

/** A text as BYTES is its UTF-8, which DuckDB calls encode; its own cast reads backslashes in it, and takes
 *  no other letters than English ones. */
const cast =
  (name: "CAST" | "TRY_CAST"): Write =>
  (args) => {
    const { words, text } = args[0]!;
    const last = words.length - 1;
    const type = args.length === 1 && words[last - 1]?.text === "as" ? words[last]!.text : "";
    if (type === "bytes") return `encode(${text(0, last - 1)})`;
    if (type === "string") {
      const decoded = `text_of(${text(0, last - 1)})`;
      return name === "CAST" ? decoded : `TRY(${decoded})`;
    }
    const other = types.get(type);
    if (other !== undefined) return `${name}(${text(0, last)} ${other})`;
    return name === "CAST" ? undefined : `${name}(${args.map((one) => one.text()).join(", ")})`;
  };

const dateParts = ["day", "week", "isoweek", "month", "quarter", "year", "isoyear"];
const timeParts = ["microsecond", "millisecond", "second", "minute", "hour"];
const dayParts = [...timeParts, "day"];
const allParts = [...timeParts, ...dateParts];
const addedParts = ["day", "week", "month", "quarter", "year"];

/** DuckDB's weeks begin on Monday: so many days later a week that begins on another day does too. */
const days = ["monday", "sunday", "saturday", "friday", "thursday", "wednesday", "tuesday"];

interface Part {
  readonly name: string;
  readonly daysLater: number;
}

function partOf(argument: Argument | undefined, allowed: readonly string[]): Part | undefined {
  const [name, open, day, close, ...more] = (argument?.words ?? []).map(({ text }) => text);
  if (name === undefined || !allowed.includes(name) || more.length > 0) return undefined;
  if (open === undefined)
    return name === "isoweek" ? { name: "week", daysLater: 0 } : { name, daysLater: name === "week" ? 1 : 0 };
  const daysLater = days.indexOf(day ?? "");
  const isDay = name === "week" && open === "(" && close === ")" && daysLater >= 0;
  return isDay ? { name, daysLater } : undefined;
}

const shifted = (text: string, { daysLater }: Part, sign: "+" | "-"): string =>
  daysLater === 0 ? text : `(${text} ${sign} INTERVAL (${daysLater}) DAY)`;

/** A value of a type, so that a text is read as one; where the type is DATE, a time is
 *  refused rather than cut. */
type As = (argument: Argument) => string;
const asDate: As = (argument) =>
  textIn(argument) === undefined ? `(${argument.text()} + 0)` : `DATE ${argument.text()}`;
const asTimestamp: As = (argument) => `CAST(${argument.text()} AS TIMESTAMP WITH TIME ZONE)`;
const asDatetime: As = (argument) => `CAST(${argument.text()} AS DATETIME)`;

/** The text that an argument is; undefined where it is more than that. */
function textIn({ words, raw }: Argument): string | undefined {
  const [only, ...more] = words;
  if (only === undefined || more.length > 0) return undefined;
  if (only.quote === "'") return raw.slice(1, -1).replaceAll("''", "'");
  return only.quote === "r'" ? raw.slice(2, -1) : undefined;
}

/** DuckDB's own functions of these names have the part first, as a text. */
const isOwn = ([first]: readonly Argument[]): boolean =>
  first === undefined || allParts.includes(textIn(first)?.toLowerCase() ?? "");

/** How many borders of a part lie between two. */
const bordersBetween =
  (as: As, allowed: readonly string[]): Write =>
  (args) => {
    const [to, from, given, ...more] = args;
    const part = partOf(given, allowed);
    if (part === undefined || more.length > 0 || isOwn(args)) return undefined;
    const [begin, end] = [from!, to!].map((one) => shifted(as(one), part, "+"));
    if (part.name !== "week") return `date_diff('${part.name}', ${begin}, ${end})`;
    // Of weeks it counts whole ones.
    return `(date_diff('day', date_trunc('week', ${begin}), date_trunc('week', ${end})) // 7)`;
  };

/** How many whole ones. */
const wholeBetween: Write = (args) => {
  const [to, from, given, ...more] = args;
  const part = partOf(given, dayParts);
  if (part === undefined || more.length > 0) return undefined;
  return `date_sub('${part.name}', ${asTimestamp(from!)}, ${asTimestamp(to!)})`;
};

const truncated =
  (as: As, allowed: readonly string[]): Write =>
  (args) => {
    const [value, given, zone, ...more] = args;
    const part = partOf(given, allowed);
    if (part === undefined || more.length > 0 || isOwn(args)) return undefined;
    const cut = (text: string) =>
      shifted(`date_trunc('${part.name}', ${shifted(text, part, "+")})`, part, "-");
    if (as === asDate) return zone === undefined ? `CAST(${cut(as(value!))} AS DATE)` : undefined;
    if (zone === undefined) return cut(as(value!));
    const name = zoneIn(zone);
    if (as !== asTimestamp || name === undefined) return undefined;
    return `timezone(${name}, ${cut(`timezone(${name}, ${as(value!)})`)})`;
  };

/** A zone's name, in quotes; DuckDB reads an offset another way. */
function zoneIn(argument: Argument): string | undefined {
  const text = textIn(argument);
  return text !== undefined && /^[A-Za-z_]+(\/[A-Za-z_+\d-]+)*$/.test(text) ? literal(text) : undefined;
}

const moved =
  (as: As, sign: "+" | "-", allowed: readonly string[]): Write =>
  ([value, interval, ...more]) => {
    const words = interval?.words ?? [];
    const part = words.at(-1)?.text ?? "";
    if (words[0]?.text !== "interval" || words.length < 3 || !allowed.includes(part) || more.length > 0)
      return undefined;
    const by = `INTERVAL (${interval!.text(1, words.length - 1)}) ${part.toUpperCase()}`;
    const there = `${as(value!)} ${sign} ${by}`;
    return as === asDate ? `CAST(${there} AS DATE)` : `(${there})`;
  };

/** What both read alike. */
const written = new Set("YmdHMSyjaAbBpIUWuwGV%".split(""));
const read = new Set("YmdHMS%".split(""));
const element = /%([\s\S]?)/g;
const together: Readonly<Record<string, string>> = {
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  R: "%H:%M",
  D: "%m/%d/%y",
};

/** A format of both, in quotes; undefined where it holds what only one of them knows. */
function formatIn(argument: Argument | undefined, known: ReadonlySet<string>): string | undefined {
  const text = argument && textIn(argument);
  if (text === undefined) return undefined;
  const whole = text.replaceAll(element, (same, one: string) => together[one] ?? same);
  const isKnown = [...whole.matchAll(element)].every(([, one]) => known.has(one!));
  // Without a year, one begins in 1970 and the other in 1900.
  return isKnown && (known !== read || whole.includes("%Y")) ? literal(whole) : undefined;
}

const formatted =
  (as: As): Write =>
  ([given, value, zone, ...more]) => {
    const format = formatIn(given, written);
    if (format === undefined || value === undefined || more.length > 0) return undefined;
    if (as !== asTimestamp) return zone === undefined ? `strftime(${as(value)}, ${format})` : undefined;
    const name = zone === undefined ? "'UTC'" : zoneIn(zone);
    return name && `strftime(timezone(${name}, ${as(value)}), ${format})`;
  };

const parsed =
  (type: "DATE" | "DATETIME" | "TIMESTAMP"): Write =>
  ([given, value, zone, ...more]) => {
    const format = formatIn(given, read);
    if (format === undefined || value === undefined || more.length > 0) return undefined;
    const found = `strptime(${value.text()}, ${format})`;
    if (type !== "TIMESTAMP" && zone !== undefined) return undefined;
    if (type !== "TIMESTAMP") return type === "DATE" ? `CAST(${found} AS DATE)` : found;
    const name = zone === undefined ? "'UTC'" : zoneIn(zone);
    return name && `timezone(${name}, ${found})`;
  };

/** Parts that DuckDB counts from another day, or names otherwise. */
const extract: Write = ([given, ...more]) => {
  const words = given?.words ?? [];
  const from = words.findIndex(({ text }) => text === "from");
  if (from < 1 || more.length > 0) return undefined;
  const part = words
    .slice(0, from)
    .map(({ text }) => text)
    .join("");
  const write = otherParts.get(part);
  return write && write(`(${given!.text(from + 1)})`);
};

const otherParts: ReadonlyMap<string, (value: string) => string> = new Map([
  ["dayofweek", (value) => `(date_part('dayofweek', ${value}) + 1)`],
  ["isoweek", (value) => `date_part('week', ${value})`],
  ["week", (value) => `CAST(strftime(${value}, '%U') AS BIGINT)`],
  ["week(sunday)", (value) => `CAST(strftime(${value}, '%U') AS BIGINT)`],
  ["week(monday)", (value) => `CAST(strftime(${value}, '%W') AS BIGINT)`],
  ["millisecond", (value) => `(date_part('millisecond', ${value}) % 1000)`],
  ["microsecond", (value) => `(date_part('microsecond', ${value}) % 1000000)`],
  ["date", (value) => `CAST(${value} AS DATE)`],
]);

const date: Write = (args) => {
  const [first, second, third, ...more] = args;
  if (second === undefined || more.length > 0) return undefined;
  if (third !== undefined) return `make_date(${[first!, second, third].map((one) => one.text()).join(", ")})`;
  const zone = zoneIn(second);
  return zone && `CAST(timezone(${zone}, ${asTimestamp(first!)}) AS DATE)`;
};

/** Now, also in a zone. */
const now =
  (written: string, type?: "DATE" | "DATETIME"): Write =>
  ([given]) => {
    if (given!.words.length === 0) return written;
    const zone = zoneIn(given!);
    return type && zone && `CAST(timezone(${zone}, CURRENT_TIMESTAMP) AS ${type})`;
  };

/** A group in a regular expression, but for those that keep nothing. */
const group = /^(?:[^\\([]|\\[\s\S]|\[\^?\]?(?:[^\]\\]|\\[\s\S])*\]|\(\?(?!P?<))*(?:\((?!\?)|\(\?P?<)/;

/** What the group holds, or all of it where there is none; NULL where nothing is found. */
const extracted: Write = ([value, pattern, ...more]) => {
  const text = pattern && textIn(pattern);
  if (text === undefined || more.length > 0) return undefined;
  return `regexp_extract_all(${value!.text()}, ${literal(text)}, ${group.test(text) ? 1 : 0})[1]`;
};

/** All that is found; DuckDB replaces the first alone. */
const replaced: Write = (args) =>
  args.length === 3 ? `regexp_replace(${args.map((one) => one.text()).join(", ")}, 'g')` : undefined;

/** NULL where one of them is; DuckDB passes over it. */
const joined: Write = (args) =>
  args[0]!.words.length === 0 ? undefined : `(${args.map((one) => `(${one.text()})`).join(" || ")})`;

/** Bytes; DuckDB gives their digits as a text. */
const hashed =
  (name: string): Write =>
  (args) =>
    `unhex(${name}(${args.map((one) => one.text()).join(", ")}))`;

/** `STRUCT(value AS name, …)`: all have names, as DuckDB wants it. */
const struct: Write = (args) => {
  const fields = args.map(({ words, text, raw }) => {
    const last = words.length - 1;
    if (words[last - 1]?.text !== "as" || last < 2) return undefined;
    const name = /(?<=`)[^`]+(?=`$)|[\p{L}\p{N}_]+$/u.exec(raw)?.[0];
    return name === undefined ? undefined : `${quoted(name)} := ${text(0, last - 1)}`;
  });
  return fields.includes(undefined) ? undefined : `struct_pack(${fields.join(", ")})`;
};

export const calls: ReadonlyMap<string, Write> = new Map([
  ["struct", struct],
  ["cast", cast("CAST")],
  ["safe_cast", cast("TRY_CAST")],
  ["try_cast", cast("TRY_CAST")],
  ["date_diff", bordersBetween(asDate, dateParts)],
  ["datetime_diff", bordersBetween(asDatetime, allParts)],
  ["timestamp_diff", wholeBetween],
  ["date_trunc", truncated(asDate, dateParts)],
  ["datetime_trunc", truncated(asDatetime, allParts)],
  ["timestamp_trunc", truncated(asTimestamp, allParts)],
  ["date_add", moved(asDate, "+", addedParts)],
  ["date_sub", moved(asDate, "-", addedParts)],
  ["datetime_add", moved(asDatetime, "+", [...dayParts, ...addedParts])],
  ["datetime_sub", moved(asDatetime, "-", [...dayParts, ...addedParts])],
  ["timestamp_add", moved(asTimestamp, "+", dayParts)],
  ["timestamp_sub", moved(asTimestamp, "-", dayParts)],
  ["format_date", formatted(asDate)],
  ["format_datetime", formatted(asDatetime)],
  ["format_timestamp", formatted(asTimestamp)],
  ["parse_date", parsed("DATE")],
  ["parse_datetime", parsed("DATETIME")],
  ["parse_timestamp", parsed("TIMESTAMP")],
  ["current_timestamp", now("CURRENT_TIMESTAMP")],
  ["current_datetime", now("CAST(CURRENT_TIMESTAMP AS DATETIME)", "DATETIME")],
  ["current_date", now("CURRENT_DATE", "DATE")],
  ["regexp_extract", extracted],
  ["regexp_replace", replaced],
  ["concat", joined],
  ...["md5", "sha1", "sha256"].map((name) => [name, hashed(name)] as const),
  ["extract", extract],
  ["date", date],
  ["timestamp", ([value, ...more]) => (more.length > 0 ? undefined : asTimestamp(value!))],
]);

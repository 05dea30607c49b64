import type { Dialect } from "../../functions/dialect.ts";
import { staged } from "./stages.ts";
import {
  firstAskedSeconds,
  iso,
  isoParts,
  lastAskedSeconds,
  months,
  named,
  unix,
  unixParts,
} from "../../functions/streams/records/times.ts";

/** The zones of the rows: of the stream that a row came by, else of the one that owns the views. */
export interface Zones {
  readonly owner: string;
  readonly others: readonly { readonly offset: string; readonly refs: readonly string[] }[];
}

const day = 86_400;

/** Adds the column `ac_micros`: what the text `ac_said` says, in microseconds since 1970; NULL where it
 *  cannot be read. docs/streams.md says what can; functions/streams/records/times.ts reads the same.
 *  Arithmetic rather than the warehouse's own reading of times: theirs differ from each other in what they
 *  take, and in what they make of a clock put back. */
export function timed(sql: Dialect, from: string, zones: Zones): string {
  const is = (pattern: string, text = "ac_text") => sql.matches(text, pattern);
  const part = (group: number) => sql.replaced("ac_text", isoParts, `\\${group}`);
  const piece = (start: number, length: number) => `SUBSTR(ac_digits, ${start}, ${length})`;
  const number = (start: number, length: number) => sql.integer(piece(start, length));
  const offsetAt = (seconds: string) => offsetSql(sql, seconds, zones);
  const whereIso = (expression: string) => `CASE WHEN ac_iso THEN ${expression} END`;
  const isIso = iso.map((pattern) => is(pattern)).join(" OR ");
  return staged(from, [
    { ac_trimmed: `TRIM(ac_said, ' ')`, ...placesSql(sql, zones) },
    // Each regular expression costs, and most texts need few of them: what is guarded is not computed.
    { ac_text: `CASE WHEN ac_trimmed = UPPER(ac_trimmed) THEN ac_trimmed ELSE ${plainSql(sql)} END` },
    { ac_iso: isIso },
    {
      ac_digits: whereIso(`RPAD(${sql.replaced("ac_text", isoParts, "\\1\\2\\3\\4\\5\\6")}, 14, '0')`),
      ac_fraction: whereIso(sql.integer(`RPAD(SUBSTR(${part(7)}, 1, 6), 6, '0')`)),
      ac_zone: whereIso(`REPLACE(${part(8)}, ':', '')`),
      ac_unix: `CASE WHEN NOT ac_iso THEN ${unixSql(sql, is)} END`,
    },
    {
      ac_day: `CASE WHEN ${piece(1, 4)} <> '0000' THEN ${sql.days(`${piece(1, 4)} || '-' || ${piece(5, 2)} || '-' || ${piece(7, 2)}`)} END`,
      ac_hour: number(9, 2),
      ac_minute: number(11, 2),
      ac_second: number(13, 2),
      ac_minutes: minutesSql(sql),
    },
    {
      ac_wall:
        "CASE WHEN ac_minute <= 59 AND ac_second <= 59 AND (ac_hour <= 23 OR " +
        "(ac_hour = 24 AND ac_minute = 0 AND ac_second = 0 AND ac_fraction = 0)) " +
        `THEN ac_day * ${day} + ac_hour * 3600 + ac_minute * 60 + ac_second END`,
    },
    { ac_clock: "CASE WHEN ac_zone = '' THEN ac_wall END" },
    { ac_eve: inRange(`ac_clock - ${day}`), ac_morrow: inRange(`ac_clock + ${day}`) },
    { ac_before: offsetAt("ac_eve"), ac_after: offsetAt("ac_morrow") },
    { ac_then: inRange("ac_clock - ac_before"), ac_now: inRange("ac_clock - ac_after") },
    {
      // A clock put forward or back in this night: the offset before it holds, for the hour that is missing
      // and for the one that comes twice.
      ac_local:
        `CASE WHEN ac_before = ac_after OR ${offsetAt("ac_then")} = ac_before THEN ac_clock - ac_before ` +
        `WHEN ${offsetAt("ac_now")} = ac_after THEN ac_clock - ac_after ELSE ac_clock - ac_before END`,
    },
    {
      ac_micros:
        "COALESCE(ac_unix, (CASE WHEN ac_zone = '' THEN ac_local ELSE ac_wall - ac_minutes * 60 END) * 1000000 + ac_fraction)",
    },
  ]);
}

/** Dates with names of months, as ISO 8601 writes them; other texts as they are. */
function plainSql(sql: Dialect): string {
  const cases = named.map(
    ([pattern, template]) =>
      `WHEN ${sql.matches("ac_trimmed", pattern)} THEN ${sql.replaced("ac_trimmed", pattern, template)}`,
  );
  const text = `CASE ${cases.join(" ")} ELSE ac_trimmed END`;
  const month = (index: number) => `-${String(index + 1).padStart(2, "0")}-`;
  return months.reduce((inner, name, index) => `REPLACE(${inner}, '-${name}-', '${month(index)}')`, text);
}

function unixSql(sql: Dialect, is: (pattern: string) => string): string {
  const whole = sql.integer(sql.replaced("ac_text", unixParts, "\\1"));
  const fraction = sql.integer(`RPAD(SUBSTR(${sql.replaced("ac_text", unixParts, "\\2")}, 1, 6), 6, '0')`);
  return (
    `CASE WHEN ${is(unix.seconds)} THEN ${whole} * 1000000 + ${fraction} ` +
    `WHEN ${is(unix.millis)} THEN ${whole} * 1000 WHEN ${is(unix.micros)} THEN ${whole} END`
  );
}

/** Minutes east of UTC that the text names: at most 14 hours. */
function minutesSql(sql: Dialect): string {
  const hours = sql.integer("SUBSTR(ac_zone, 2, 2)");
  const minutes = sql.integer("RPAD(SUBSTR(ac_zone, 4, 2), 2, '0')");
  const all = `(${hours} * 60 + ${minutes})`;
  return (
    "CASE WHEN UPPER(ac_zone) IN ('Z', 'UTC', 'GMT') THEN 0 " +
    `WHEN ${minutes} <= 59 AND ${all} <= 840 THEN CASE WHEN SUBSTR(ac_zone, 1, 1) = '-' THEN -${all} ELSE ${all} END END`
  );
}

/** Where a row's clock hangs: the columns that the expressions of `offsetSql` name, none where all rows have
 *  one zone. The streams stand once in the text, which BigQuery bounds for a view. */
function placesSql(sql: Dialect, zones: Zones): Record<string, string> {
  const { owner, others } = zones;
  if (others.length === 0) return {};
  const cases = (of: (offset: string) => string | undefined) => {
    const whens = others.map(({ offset, refs }) => {
      const list = refs.map((ref) => sql.text(ref)).join(", ");
      return `WHEN ${sql.name("stream_ref")} IN (${list}) THEN ${of(offset) ?? "NULL"}`;
    });
    return `CAST(CASE ${whens.join(" ")} ELSE ${of(owner) ?? "NULL"} END AS INT64)`;
  };
  const named = namedOf(zones);
  const place = (offset: string) => (named.includes(offset) ? String(named.indexOf(offset)) : undefined);
  return { ac_east: cases(fixed), ...(named.length > 0 && { ac_place: cases(place) }) };
}

/** Seconds east of UTC, by the stream of the row. @param at a column: the moment, in range */
function offsetSql(sql: Dialect, at: string, zones: Zones): string {
  const { owner, others } = zones;
  const named = namedOf(zones);
  const east = (wall: string) => `${sql.sinceEpoch(wall)} - ${at}`;
  if (others.length === 0) return fixed(owner) ?? `(${east(sql.wall(at, owner))})`;
  if (named.length === 0) return "ac_east";
  const walls = named.map((zone, place) => `WHEN ${place} THEN ${sql.wall(at, zone)}`);
  return `COALESCE(ac_east, ${east(`CASE ac_place ${walls.join(" ")} END`)})`;
}

/** Zones with a name: their offset changes in the year. */
function namedOf({ owner, others }: Zones): string[] {
  const all = new Set([owner, ...others.map(({ offset }) => offset)]);
  return [...all].filter((offset) => fixed(offset) === undefined);
}

/** Seconds east of UTC of an offset that is the same all year; undefined of a zone with a name. */
function fixed(offset: string): string | undefined {
  if (offset === "UTC") return "0";
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
  if (sign === undefined) return undefined;
  return `${sign === "-" ? "-" : ""}${Number(hours) * 3600 + Number(minutes) * 60}`;
}

/** A moment that the warehouses can tell the clock of. */
function inRange(seconds: string): string {
  return `LEAST(GREATEST(${seconds}, ${firstAskedSeconds}), ${lastAskedSeconds})`;
}

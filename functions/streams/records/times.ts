import { BoundedMap } from "../../bounded.ts";

/** What a text of `updated` may look like, and which moment it means. The warehouses read the same patterns
 *  (RE2 and JavaScript agree on them); test/promises/times.ts lists what each text means on every ground. */

const time = "\\d{2}(?::\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?)?";
const basicTime = "\\d{2}(?:\\d{2}(?:\\d{2}(?:[.,]\\d+)?)?)?";
const zone = "(?: ?(?:[Zz]|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?))?";

/** ISO 8601: extended, basic, a day, and 14 digits. */
export const iso = [
  `^\\d{4}-\\d{2}-\\d{2}(?:[Tt ]${time}${zone})?$`,
  `^\\d{8}[Tt]${basicTime}${zone}$`,
  "^\\d{8}(?:\\d{6})?$",
] as const;

/** Year, month, day, hour, minute, second, fraction, zone of a text that one of `iso` takes. */
export const isoParts =
  "^(\\d{4})-?(\\d{2})-?(\\d{2})(?:[Tt ]?(\\d{2})(?::?(\\d{2})(?::?(\\d{2})(?:[.,](\\d+))?)?)?)?" +
  "(?: ?([Zz]|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?))?$";

/** Unix time, its unit by its size. */
export const unix = {
  seconds: "^\\d{9,10}(?:[.,]\\d+)?$",
  millis: "^\\d{12,13}$",
  micros: "^\\d{15,16}$",
} as const;
export const unixParts = "^(\\d+)(?:[.,](\\d+))?$";

export const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const month = `(${months.join("|")})`;
const clock = "(\\d{2}:\\d{2}:\\d{2})";
const weekday = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const longWeekday = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";

/** The three dates of RFC 9110, and ISO 8601 with the month's name in its place. A year of
 *  two digits is one of 1970 to
 *  2069. Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
export const named: readonly (readonly [pattern: string, template: string])[] = [
  [`^${weekday}, (\\d{2}) ${month} (\\d{4}) ${clock} GMT$`, "\\3-\\2-\\1T\\4Z"],
  [`^${longWeekday}, (\\d{2})-${month}-([0-6]\\d) ${clock} GMT$`, "20\\3-\\2-\\1T\\4Z"],
  [`^${longWeekday}, (\\d{2})-${month}-([7-9]\\d) ${clock} GMT$`, "19\\3-\\2-\\1T\\4Z"],
  [`^${weekday} ${month} (\\d{2}) ${clock} (\\d{4})$`, "\\4-\\1-\\2T\\3Z"],
  [`^${weekday} ${month}  (\\d) ${clock} (\\d{4})$`, "\\4-\\1-0\\2T\\3Z"],
];

const daySeconds = 86_400;

/** What a text says, as the views read it (infra/sql/times.ts). @param offset the stream's
 *  @returns microseconds since 1970; undefined where the text cannot be read */
export function readTime(text: string, offset: string): bigint | undefined {
  const plain = plainText(text.replace(/^ +| +$/g, ""));
  const number = unixMicros(plain);
  if (number !== undefined) return number;
  if (!iso.some((pattern) => new RegExp(pattern).test(plain))) return undefined;
  const [, year, month, day, hour = "", minute = "", second = "", fraction = "", zoneText = ""] =
    new RegExp(isoParts).exec(plain) ?? [];
  const wall = wallSeconds(`${year}-${month}-${day}`, [hour, minute, second].map(Number), Number(fraction));
  if (wall === undefined) return undefined;
  const minutes = zoneText === "" ? undefined : zoneMinutes(zoneText);
  if (zoneText !== "" && minutes === undefined) return undefined;
  const seconds = minutes === undefined ? localSeconds(wall, offset) : wall - minutes * 60;
  return BigInt(seconds) * 1_000_000n + micros(fraction);
}

function plainText(text: string): string {
  for (const [pattern, template] of named) {
    if (!new RegExp(pattern).test(text)) continue;
    const dated = text.replace(new RegExp(pattern), template.replaceAll(/\\(\d)/g, "$$$1"));
    return months.reduce(
      (inner, name, index) => inner.replace(`-${name}-`, `-${String(index + 1).padStart(2, "0")}-`),
      dated,
    );
  }
  return text;
}

function unixMicros(text: string): bigint | undefined {
  const [, whole = "", fraction = ""] = new RegExp(unixParts).exec(text) ?? [];
  const is = (pattern: string) => new RegExp(pattern).test(text);
  if (is(unix.seconds)) return BigInt(whole) * 1_000_000n + micros(fraction);
  if (is(unix.millis)) return BigInt(whole) * 1000n;
  return is(unix.micros) ? BigInt(whole) : undefined;
}

function micros(fraction: string): bigint {
  return BigInt(fraction.slice(0, 6).padEnd(6, "0"));
}

/** The clock as if it were UTC; undefined where there is no such day or time. */
function wallSeconds(date: string, [hour, minute, second]: number[], fraction: number): number | undefined {
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (date.startsWith("0000") || Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date)
    return undefined;
  const [h, m, s] = [hour!, minute!, second!];
  const isClock = m <= 59 && s <= 59 && (h <= 23 || (h === 24 && m === 0 && s === 0 && fraction === 0));
  return isClock ? ms / 1000 + h * 3600 + m * 60 + s : undefined;
}

function zoneMinutes(text: string): number | undefined {
  if (/^(Z|UTC|GMT)$/i.test(text)) return 0;
  const digits = text.replace(":", "");
  const [hours, minutes] = [Number(digits.slice(1, 3)), Number(digits.slice(3, 5).padEnd(2, "0"))];
  const all = hours * 60 + minutes;
  if (minutes > 59 || all > 840) return undefined;
  return text.startsWith("-") ? -all : all;
}

/** A clock put forward or back: the offset before it holds. */
function localSeconds(wall: number, offset: string): number {
  const [before, after] = [secondsEast(wall - daySeconds, offset), secondsEast(wall + daySeconds, offset)];
  if (before === after || secondsEast(wall - before, offset) === before) return wall - before;
  return secondsEast(wall - after, offset) === after ? wall - after : wall - before;
}

/** How far the clocks of a place are ahead of UTC. @param seconds since 1970
 *  @param offset as a Calendar takes it */
export function secondsEast(seconds: number, offset: string): number {
  if (offset === "UTC") return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
  if (sign !== undefined) return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
  // Past these years no zone is asked, by no warehouse either.
  const at = Math.min(Math.max(seconds, firstAskedSeconds), lastAskedSeconds);
  // Sweden writes dates as ISO 8601 does, but for years of fewer than four digits.
  const wall = clocks(offset)
    .format(at * 1000)
    .padStart("2024-05-01 12:00:00".length, "0");
  return Date.parse(`${wall.replace(" ", "T")}Z`) / 1000 - at;
}

/** 0001-01-02T00:00:00Z and 9999-12-31T00:00:00Z: a day inside of what a year of four digits can hold. */
export const firstAskedSeconds = -62_135_510_400;
export const lastAskedSeconds = 253_402_214_400;

const formats = new BoundedMap<string, Intl.DateTimeFormat>(100);

function clocks(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const two = "2-digit";
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    formats.set(timeZone, format);
  }
  return format;
}

import type { DateFormat } from "../settings.ts";
import type { RejectCode } from "../rejects.ts";

/** What a cell of dates says. `midnight`: it had a time of day, which is none. */
export type DateReading =
  { readonly date: string; readonly midnight: boolean } | { readonly fault: RejectCode };

const forms: Record<DateFormat | "YYYY-MM-DD", RegExp> = {
  "YYYY-MM-DD": /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?<time>.*)$/s,
  "DD.MM.YYYY": /^(?<day>\d\d)\.(?<month>\d\d)\.(?<year>\d{4})(?<time>.*)$/s,
  "DD/MM/YYYY": /^(?<day>\d\d)\/(?<month>\d\d)\/(?<year>\d{4})(?<time>.*)$/s,
  "MM/DD/YYYY": /^(?<month>\d\d)\/(?<day>\d\d)\/(?<year>\d{4})(?<time>.*)$/s,
  YYYYMMDD: /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)(?<time>.*)$/s,
};
const time = /^[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?$/;
const midnight = /^[T ]00:00(?::00(?:[.,]0+)?)?(?: ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?$/;

/** @param text trimmed, not empty, without control characters
 *  @param days the first and the last day that are allowed, as YYYY-MM-DD */
export function readDate(
  text: string,
  format: DateFormat | undefined,
  days: { first: string; last: string },
): DateReading {
  const found = forms["YYYY-MM-DD"].exec(text) ?? (format && forms[format].exec(text));
  const { year, month, day, time: rest = "" } = found?.groups ?? {};
  if (year === undefined || (rest !== "" && !time.test(rest))) return { fault: "date_format" };
  const date = `${year}-${month}-${day}`;
  if (!isReal(date)) return { fault: "date_not_real" };
  if (rest !== "" && !midnight.test(rest)) return { fault: "date_has_time" };
  if (date > days.last) return { fault: "date_in_future" };
  if (date < days.first) return { fault: "date_too_old" };
  return { date, midnight: rest !== "" };
}

function isReal(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

/** @returns the day that lies so many days before, as YYYY-MM-DD */
export function daysBefore(date: string, days: number): string {
  const ms = Date.parse(`${date}T00:00:00Z`) - days * 86_400_000;
  return new Date(Math.max(ms, firstDayMs)).toISOString().slice(0, 10);
}

/** Years before it are written with a sign. */
const firstDayMs = Date.parse("0000-01-01T00:00:00Z");

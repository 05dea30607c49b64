import { calendarOf } from "../../streams/calendar.ts";
import { secondsEast } from "../../streams/records/times.ts";
import { daysBefore } from "../fields/date.ts";
import { weekdays } from "../registered/fields.ts";
import type { ImportView } from "../registered/imports.ts";

/** When the data of a day is due, and of which days there is to be some. */

export type DayRules = Pick<ImportView, "zone" | "due" | "expected" | "holidays" | "rows_min" | "added_at">;

/** The next time at which the data of a day has to be here. */
export interface Deadline {
  /** Whose data it is. */
  readonly date: string;
  /** Unix ms. */
  readonly due_at: number;
}

/** In Unix ms. Where the clock shows it twice, the second time; where it is put forward over it, as much
 *  later as it is put forward: in favour of the sender both times. */
export function dueAt({ zone, due }: Pick<DayRules, "zone" | "due">, date: string): number {
  const wall = Date.parse(`${daysBefore(date, -1)}T${due}:00Z`) / 1000;
  const [before, after] = [secondsEast(wall - daySeconds, zone), secondsEast(wall + daySeconds, zone)];
  const shown = [wall - before, wall - after].filter((at) => at + secondsEast(at, zone) === wall);
  return (shown.length > 0 ? Math.max(...shown) : wall - before) * 1000;
}

const daySeconds = 86_400;

/** Whether there is to be data of the day. What was due before there was an import, nobody owed it. */
export function isExpected(rules: DayRules, date: string): boolean {
  // 1970-01-01 was a Thursday.
  const weekday = weekdays[(Math.floor(Date.parse(date) / 86_400_000) + 3) % 7]!;
  return (
    rules.expected.includes(weekday) && !rules.holidays.includes(date) && dueAt(rules, date) > rules.added_at
  );
}

export function todayOf(zone: string, now: number): string {
  const calendar = calendarOf(zone);
  if (calendar === undefined) throw new Error(`${zone} is no zone: what an import has is checked before.`);
  return calendar(now);
}

/** Past a year of days that nobody expects, nobody waits for the next one. */
const lookAheadDays = 400;

/** Undefined where nothing is expected. */
export function nextDeadline(rules: DayRules, now: number): Deadline | undefined {
  const yesterday = daysBefore(todayOf(rules.zone, now), 1);
  for (let day = 0; day < lookAheadDays; day += 1) {
    const date = daysBefore(yesterday, -day);
    if (!isExpected(rules, date)) continue;
    const due_at = dueAt(rules, date);
    if (due_at > now) return { date, due_at };
  }
  return undefined;
}

import { isDay } from "../../streams/calendar.ts";
import { daysBefore } from "../fields/date.ts";
import type { FileState } from "../load/files.ts";
import { type DayRules, dueAt, isExpected, todayOf } from "./deadline.ts";

/** What became of each day, from what became of the files: a day has no state of its own. */

export const dayStates = [
  "not_expected",
  "waiting",
  "on_time",
  "on_time_empty",
  "failed_file",
  "late",
  "missing",
] as const;
export type DayState = (typeof dayStates)[number];

export interface ImportDay {
  readonly date: string;
  /** Unix ms. */
  readonly due_at: number;
  readonly state: DayState;
  /** Events that are there. */
  readonly rows: number;
  /** Unix ms: when its data came. */
  readonly first_arrival?: number;
  /** Milliseconds past `due_at`. */
  readonly late_by?: number;
  /** The file by which it came, or that failed. */
  readonly file_id?: string;
}

/** A file, as far as days are concerned. */
export interface DayFile {
  readonly file_id: string;
  readonly name: string;
  readonly state: FileState;
  /** Unix ms: once it was whole, however long it was worked on. */
  readonly arrived_at: number;
  /** How many of its events each day has. */
  readonly dates: Readonly<Record<string, number>>;
  /** A header alone, or the same bytes as one. */
  readonly isEmpty: boolean;
}

export interface FoundForDays {
  readonly files: readonly DayFile[];
  /** How many events are there, by day. */
  readonly rows: ReadonlyMap<string, number>;
  /** When the first one of those arrived that wait for their turn. */
  readonly readingSince?: number;
}

/** @param range both days are in it */
export function judgeDays(
  rules: DayRules,
  range: { first: string; last: string },
  found: FoundForDays,
  now: number,
): ImportDay[] {
  const days = new Map<string, DeliveredDay>();
  for (let date = range.first; date <= range.last; date = daysBefore(date, -1))
    days.set(date, { held: [], empty: [], failed: [] });
  const inOrder = found.files.toSorted(
    (one, other) => one.arrived_at - other.arrived_at || (one.file_id < other.file_id ? -1 : 1),
  );
  for (const file of inOrder) {
    const { as, dates } = concerns(rules, file);
    for (const date of dates) days.get(date)?.[as].push(file);
  }
  return [...days].map(([date, delivered]) => judge(rules, { date, delivered, found, now }));
}

/** In the order of their arrival. */
interface DeliveredDay {
  /** Files with rows of it. */
  readonly held: DayFile[];
  /** Files that say that it has none. */
  readonly empty: DayFile[];
  /** Files that may have had some, and are not imported. */
  readonly failed: DayFile[];
}

/** Which days a file says something of, and what. */
function concerns(rules: DayRules, file: DayFile): { as: keyof DeliveredDay; dates: readonly string[] } {
  const dates = Object.keys(file.dates);
  switch (file.state) {
    case "imported":
    case "imported_with_rejects":
    case "superseded":
      return file.isEmpty ? { as: "empty", dates: emptyDays(rules, file) } : { as: "held", dates };
    case "duplicate":
      // Of one with rows the other file proves it, which came earlier.
      return { as: "empty", dates: file.isEmpty ? emptyDays(rules, file) : [] };
    case "failed":
    case "waiting":
      return { as: "failed", dates: dates.length > 0 ? dates : meantDays(rules, file) };
    case "removed":
      return { as: "held", dates: [] };
  }
}

/** Its name says which, else it is the day before, while that one is waited for. */
function emptyDays(rules: DayRules, file: DayFile): readonly string[] {
  const named = daysInName(file.name);
  if (named.length > 0) return named;
  const date = dayBefore(rules, file);
  return file.arrived_at < dueAt(rules, date) ? [date] : [];
}

function meantDays(rules: DayRules, file: DayFile): readonly string[] {
  const named = daysInName(file.name);
  return named.length > 0 ? named : [dayBefore(rules, file)];
}

function dayBefore({ zone }: DayRules, { arrived_at }: DayFile): string {
  return daysBefore(todayOf(zone, arrived_at), 1);
}

/** `2026-11-20` or `20261120`, and not as part of a longer number: that is a time, most often of the
 *  export. */
export function daysInName(name: string): string[] {
  const found = name.matchAll(/(?<![0-9])(\d{4})(-?)(\d\d)\2(\d\d)(?![0-9])/g);
  const days = [...found].map(([, year, , month, day]) => `${year}-${month}-${day}`);
  return [...new Set(days)].filter(isDay);
}

function judge(
  rules: DayRules,
  {
    date,
    delivered,
    found: { rows: counts, readingSince = Infinity },
    now,
  }: { date: string; delivered: DeliveredDay; found: FoundForDays; now: number },
): ImportDay {
  const due_at = dueAt(rules, date);
  const rows = counts.get(date) ?? 0;
  const by = deliveredBy(delivered, { date, rows, rowsMin: rules.rows_min ?? 0 });
  const day = { date, due_at, rows };
  const came = by && { ...day, first_arrival: by.file.arrived_at, file_id: by.file.file_id };
  if (!isExpected(rules, date)) return { ...day, ...came, state: "not_expected" };
  if (by !== undefined && came !== undefined) {
    if (by.file.arrived_at < due_at) return { ...came, state: by.isEmpty ? "on_time_empty" : "on_time" };
    return { ...came, state: "late", late_by: by.file.arrived_at - due_at };
  }
  const failed = delivered.failed.at(-1);
  if (failed !== undefined) return { ...day, state: "failed_file", file_id: failed.file_id };
  // What arrived in time may still be read past it.
  return { ...day, state: now < due_at || readingSince < due_at ? "waiting" : "missing" };
}

/** By which file the day is delivered. One that was put right later was there when it came: what counts is
 *  that the one which holds now has the day as well. */
function deliveredBy(
  { held, empty }: DeliveredDay,
  { date, rows, rowsMin }: { date: string; rows: number; rowsMin: number },
): { file: DayFile; isEmpty: boolean } | undefined {
  if (held.some(isCurrent)) {
    if (rows < rowsMin) return undefined;
    let sum = 0;
    const enough = held.find((file) => (sum += file.dates[date] ?? 0) >= rowsMin);
    return { file: enough ?? held.at(-1)!, isEmpty: false };
  }
  if (rowsMin > 0 || !empty.some(isCurrent)) return undefined;
  const [first] = [...held, ...empty].toSorted((one, other) => one.arrived_at - other.arrived_at);
  return { file: first!, isEmpty: true };
}

const isCurrent = ({ state }: DayFile) => state !== "superseded";

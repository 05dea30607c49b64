import { asProblem } from "../problem.ts";
import { streamRef } from "../stream-ref.ts";
import type { Reading } from "../streams/reading.ts";
import { dayAfter, dayKey, dayOf, type ActivityPorts, type Found } from "./days.ts";
import { only, rowsMax, selectMade, writtenDays } from "./days.ts";
import { activityTable } from "./tables.ts";

/** What people see of streams' activity. Nothing here reads the streams' own tables, and every statement
 *  names its days: what it reads grows with the streams and not with the hits. docs/cost.md counts it. */

export interface StreamActivity {
  readonly stream_ref: string;
  /** Unix ms, of the last 14 days; absent where there was none. */
  readonly last_hit_at?: number;
  /** So far. About, as every day that is not checked. */
  readonly today: Day & { readonly refused_reasons: Readonly<Record<string, number>> };
  /** A week before: up to the same time of the day. */
  readonly week_ago: { readonly date: string; readonly hits: number };
  /** The last 14 days, the earliest first; the last one is today. */
  readonly days: readonly Day[];
}

export interface Day {
  readonly date: string;
  /** Without tests. These four are absent where the day was not written yet. */
  readonly hits?: number;
  readonly tests?: number;
  readonly refused?: number;
  readonly dead_letters?: number;
  /** Whether the table itself was counted: hits are exact then, each of them counted once.
   *  Otherwise they are "about". */
  readonly checked: boolean;
  /** Of a checked day: rows in the table that the counters did not know of (below 0: that are not there). */
  readonly difference?: number;
}

export interface ActivityList {
  /** Unix ms: when it was looked. */
  readonly at: number;
  /** In the order of the readings. */
  readonly streams: readonly StreamActivity[];
}

export interface ReadPorts extends ActivityPorts {
  /** Where deliver runs in this very process: writes what it has counted, so that the answer is of now. */
  readonly writeActivity?: (deadlineMs: number) => Promise<void>;
}

export const shownDays = 14;
const weekMs = 7 * 86_400_000;
export const writeDeadlineMs = 2_000;

/** @throws warehouse_down, table_forbidden */
export async function readActivity(ports: ReadPorts, readings: readonly Reading[]): Promise<ActivityList> {
  const at = ports.now();
  if (readings.length === 0) return { at, streams: [] };
  await ports.writeActivity?.(writeDeadlineMs);
  const refs = readings.map(({ id }) => streamRef(id));
  const todays = [...new Set(readings.map((reading) => dayOf(reading, at)))].sort();
  const first = dayAfter(todays[0]!, 1 - shownDays);
  const [written, before] = await Promise.all([
    writtenDays(ports, first, refs),
    sumsUntil(
      ports,
      todays.map((date) => dayAfter(date, -7)),
      at - weekMs,
      refs,
    ),
  ]);
  const counted = await sums(ports, openDays(readings, written, at), refs);
  const known = { written, counted, before };
  return {
    at,
    streams: readings.map((reading) => activityOf(streamRef(reading.id), dayOf(reading, at), known)),
  };
}

/** Those whose counters are read: today, and yesterday where it was not written yet. Earlier
 *  ones would cost too much. */
function openDays(readings: readonly Reading[], written: ReadonlyMap<string, Found>, at: number): string[] {
  const days = readings.flatMap((reading) => {
    const today = dayOf(reading, at);
    const yesterday = dayAfter(today, -1);
    return written.has(dayKey(streamRef(reading.id), yesterday)) ? [today] : [today, yesterday];
  });
  return [...new Set(days)];
}

interface Sums extends Counts {
  last_at: number;
  reasons: Record<string, number>;
}

interface Counts {
  hits: number;
  tests: number;
  refused: number;
  dead_letters: number;
}

/** By `dayKey`. */
async function sums(
  { warehouse, productDataset }: ActivityPorts,
  dates: readonly string[],
  refs: readonly string[],
): Promise<Map<string, Sums>> {
  const found = await selectMade(warehouse, {
    from: activityTable(productDataset),
    columns: ["stream_ref", "date", "refused_reason"],
    measures: {
      hits: { is: "sum", column: "hits" },
      tests: { is: "sum", column: "tests" },
      refused: { is: "sum", column: "refused" },
      dead_letters: { is: "sum", column: "dead_letters" },
      last_at: { is: "max", column: "last_at" },
    },
    where: [{ column: "date", is: "in", value: dates }, ...only(refs)],
    limit: rowsMax,
  });
  const byDay = new Map<string, Sums>();
  for (const row of found) {
    const key = dayKey(row["stream_ref"], row["date"]);
    const day = byDay.get(key) ?? { hits: 0, tests: 0, refused: 0, dead_letters: 0, last_at: 0, reasons: {} };
    for (const name of ["hits", "tests", "refused", "dead_letters"] as const) day[name] += Number(row[name]);
    day.last_at = Math.max(day.last_at, Number(row["last_at"]));
    if (row["refused_reason"] !== null) day.reasons[String(row["refused_reason"])] = Number(row["refused"]);
    byDay.set(key, day);
  }
  return byDay;
}

/** Hits of these days up to a moment, by `dayKey`. */
async function sumsUntil(
  { warehouse, productDataset }: ActivityPorts,
  dates: readonly string[],
  until: number,
  refs: readonly string[],
): Promise<Map<string, number>> {
  const found = await selectMade(warehouse, {
    from: activityTable(productDataset),
    columns: ["stream_ref", "date"],
    measures: { hits: { is: "sum", column: "hits" } },
    where: [
      { column: "date", is: "in", value: dates },
      { column: "minute", is: "<=", value: until },
      ...only(refs),
    ],
    limit: rowsMax,
  });
  return new Map(found.map((row) => [dayKey(row["stream_ref"], row["date"]), Number(row["hits"])]));
}

interface Known {
  readonly written: ReadonlyMap<string, Found>;
  readonly counted: ReadonlyMap<string, Sums>;
  readonly before: ReadonlyMap<string, number>;
}

function activityOf(stream_ref: string, today: string, { written, counted, before }: Known): StreamActivity {
  const dates = Array.from({ length: shownDays }, (_, index) => dayAfter(today, index + 1 - shownDays));
  const yesterday = dates.at(-2);
  const days = dates.map((date) => {
    const key = dayKey(stream_ref, date);
    const row = written.get(key);
    if (row !== undefined) return writtenDay(date, row);
    const isOpen = date === today || date === yesterday;
    return isOpen ? countedDay(date, counted.get(key)) : { date, checked: false };
  });
  const lasts = dates.map((date) => {
    const key = dayKey(stream_ref, date);
    return Math.max(counted.get(key)?.last_at ?? 0, Number(written.get(key)?.["last_at"] ?? 0));
  });
  const last_hit_at = Math.max(...lasts);
  const week = dayAfter(today, -7);
  return {
    stream_ref,
    ...(last_hit_at > 0 && { last_hit_at }),
    today: { ...days.at(-1)!, refused_reasons: counted.get(dayKey(stream_ref, today))?.reasons ?? {} },
    week_ago: { date: week, hits: before.get(dayKey(stream_ref, week)) ?? 0 },
    days,
  };
}

function countedDay(date: string, { hits, tests, refused, dead_letters }: Counts = nothing): Day {
  return { date, hits, tests, refused, dead_letters, checked: false };
}

const nothing: Counts = { hits: 0, tests: 0, refused: 0, dead_letters: 0 };

/** What the check has found; what was counted, where the table could not be. */
function writtenDay(date: string, row: Found): Day {
  const counts = {
    tests: Number(row["tests"]),
    refused: Number(row["refused"]),
    dead_letters: Number(row["dead_letters"]),
  };
  const { hits, rows, counted } = row;
  if (typeof hits !== "number" || typeof rows !== "number")
    return { date, hits: Number(counted) - counts.tests, ...counts, checked: false };
  return { date, hits, ...counts, checked: true, difference: rows - Number(counted) };
}

/** Streams as the list has them, each with what arrived. Without it, and with the reason,
 *  where that cannot be told. */
export async function withActivity<View extends { id: string }>(
  ports: ReadPorts,
  views: readonly View[],
  readings: readonly Reading[],
): Promise<{ streams: readonly View[]; warnings?: string[] }> {
  try {
    const { streams } = await readActivity(ports, readings);
    const byRef = new Map(
      streams.map(({ stream_ref, last_hit_at, today, week_ago }) => {
        const last = last_hit_at === undefined ? {} : { last_hit_at };
        return [stream_ref, { ...last, today, week_ago }];
      }),
    );
    return { streams: views.map((view) => ({ ...view, activity: byRef.get(streamRef(view.id)) })) };
  } catch (error) {
    return { streams: views, warnings: [`What arrived could not be told: ${asProblem(error).message}`] };
  }
}

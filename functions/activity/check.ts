import { elapsedMs, type Elapsed } from "../elapsed.ts";
import type { Log } from "../log.ts";
import { openOwnTable } from "../own-table.ts";
import { asProblem, isProblem } from "../problem.ts";
import { datasetMissing } from "../problems.ts";
import { streamRef } from "../stream-ref.ts";
import { utcDay } from "../streams/calendar.ts";
import type { Reading } from "../streams/reading.ts";
import { tableName, type TableRef } from "../table.ts";
import type { Row } from "../warehouse.ts";
import { inParallel } from "../within.ts";
import { dayAfter, dayKey, dayOf, only, rowsMax, selectMade, writtenDays, type Found } from "./days.ts";
import { shownDays, writeDeadlineMs, type ReadPorts } from "./read.ts";
import { activityDays, activityDaysRow, activityDaysTable, activityTable } from "./tables.ts";

/** The nightly check: days that are over are counted in the streams' own tables, beside what the counters
 *  say, and a row a stream and day is kept of both. It reads three small columns of these days and no
 *  payload. A day is checked once, and again where hits of it were delivered since. */

export interface Checked {
  /** Days of streams that were written. */
  readonly days: number;
  /** Of these, those on which the table and the counters differ. */
  readonly differing: number;
  /** Tables that could not be counted: their days stay "about". */
  readonly skipped: readonly { readonly table: string; readonly why: string }[];
  /** The time was over before all were checked. */
  readonly more?: true;
}

export interface CheckPorts extends ReadPorts {
  readonly elapsed?: Elapsed;
  readonly log: Log;
}

/** Clocks of instances differ by so much at most: what was counted a little before a check
 *  may not have been in it. */
const clocksMs = 10 * 60_000;
const appendDeadlineMs = 30_000;

interface Due {
  readonly ref: string;
  readonly date: string;
}

interface Table {
  readonly table: TableRef;
  /** How many streams write there. */
  users: number;
  readonly due: Due[];
}

/** @param readings all streams, so that those that share a table are known
 *  @param bounds.streamId checks this one alone
 *  @param bounds.timeMs begins no further table after so long
 *  @param bounds.tablesAtOnce how many are counted at the same time
 *  @throws warehouse_down, table_forbidden where the counters' own tables cannot be read or written */
export async function checkActivity(
  ports: CheckPorts,
  readings: readonly Reading[],
  { streamId, timeMs, tablesAtOnce }: { streamId?: string; timeMs: number; tablesAtOnce: number },
): Promise<Checked> {
  const { warehouse, productDataset, now, elapsed = elapsedMs, log } = ports;
  const end = elapsed() + timeMs;
  await ports.writeActivity?.(writeDeadlineMs);
  const one = streamId === undefined ? undefined : streamRef(streamId);
  const counted = await countersOf(ports, readings, one);
  const tables = await dueTables(ports, readings, counted, one);
  const days = openOwnTable(warehouse, activityDaysTable(productDataset), activityDays);
  const skipped: { table: string; why: string }[] = [];
  const result = { days: 0, differing: 0, more: false };
  await inParallel(tables, tablesAtOnce, async (table) => {
    const { due } = table;
    if (elapsed() >= end) {
      result.more = true;
      return;
    }
    const at = now();
    const found = await rowsOf(ports, table).catch((error: unknown) => asProblem(error).message);
    if (typeof found === "string") skipped.push({ table: tableName(table.table), why: found });
    const written = due.map(({ ref, date }) => {
      const key = dayKey(ref, date);
      return dayOfTable(counted.get(key), typeof found === "string" ? undefined : (found.get(key) ?? none));
    });
    const rows = due.map((one, index): Row => {
      return activityDaysRow({ stream_ref: one.ref, date: one.date, ...written[index], at });
    });
    await days.append(rows, { deadlineMs: appendDeadlineMs });
    result.days += rows.length;
    result.differing += written.filter(
      ({ rows: there, counted: known }) => (there ?? known) !== known,
    ).length;
  });
  if (result.differing > 0)
    log("WARNING", "Tables hold other numbers of rows than were counted; the tables' numbers are shown.", {
      event: "activity_differs",
      days: result.differing,
    });
  return { days: result.days, differing: result.differing, skipped, ...(result.more && { more: true }) };
}

/** What the counters say of the last days, by `dayKey`. */
async function countersOf(
  { warehouse, productDataset, now }: CheckPorts,
  readings: readonly Reading[],
  one: string | undefined,
): Promise<Map<string, Found>> {
  const sum = (column: string) => ({ is: "sum", column }) as const;
  const max = (column: string) => ({ is: "max", column }) as const;
  const found = await selectMade(warehouse, {
    from: activityTable(productDataset),
    columns: ["stream_ref", "date"],
    measures: {
      hits: sum("hits"),
      tests: sum("tests"),
      dead_letters: sum("dead_letters"),
      refused: sum("refused"),
      bytes: sum("bytes"),
      last_at: max("last_at"),
      at: max("at"),
    },
    where: [{ column: "date", is: ">=", value: firstDay(readings, now()) }, ...only(named(one))],
    limit: rowsMax,
  });
  return new Map(found.map((row) => [dayKey(row["stream_ref"], row["date"]), row]));
}

const named = (one: string | undefined) => (one === undefined ? undefined : [one]);

function firstDay(readings: readonly Reading[], now: number): string {
  const todays = readings.map((reading) => dayOf(reading, now)).sort();
  return dayAfter(todays[0] ?? utcDay(now), 1 - shownDays);
}

/** The days that are over and not checked as they are now, by the tables they lie in. */
async function dueTables(
  ports: CheckPorts,
  readings: readonly Reading[],
  counted: ReadonlyMap<string, Found>,
  one: string | undefined,
): Promise<Table[]> {
  const written = await writtenDays(ports, firstDay(readings, ports.now()), named(one));
  const tables = new Map<string, Table>();
  for (const reading of readings) {
    const { lookup } = reading;
    if (lookup.kind !== "valid") continue;
    const ref = streamRef(reading.id);
    const today = dayOf(reading, ports.now());
    const dates = Array.from({ length: shownDays - 1 }, (_, index) => dayAfter(today, -1 - index));
    const { table } = lookup.stream;
    const there = tables.get(tableName(table)) ?? { table, users: 0, due: [] };
    there.users += 1;
    tables.set(tableName(table), there);
    if (one !== undefined && one !== ref) continue;
    const due = dates.filter((date) => {
      const key = dayKey(ref, date);
      // A stream that was removed has no days but those on which it was there.
      return (!reading.removed || counted.has(key)) && isDue(written.get(key), counted.get(key));
    });
    there.due.push(...due.map((date) => ({ ref, date })));
  }
  return [...tables.values()].filter(({ due }) => due.length > 0);
}

function isDue(written: Found | undefined, counted: Found | undefined): boolean {
  if (written === undefined || written["rows"] === null) return true;
  return counted !== undefined && Number(counted["at"]) > Number(written["at"]) - clocksMs;
}

interface Rows {
  hits: number;
  rows: number;
}

const none: Rows = { hits: 0, rows: 0 };

/** What the table holds of these days, by `dayKey`. A table that is not there holds nothing.
 *  @returns why it cannot be counted, in a sentence */
async function rowsOf(
  { warehouse }: CheckPorts,
  { table, users, due }: Table,
): Promise<Map<string, Rows> | string> {
  const columns = await columnsOf(warehouse, table);
  const counts = new Map<string, Rows>();
  if (columns === undefined) return counts;
  const has = (name: string) => columns.has(name);
  if (!has("stream_ref") && users > 1)
    return "It has no column stream_ref, which would tell the rows of its streams apart.";
  const found = await selectMade(warehouse, {
    from: table,
    columns: ["date", "stream_ref", "is_test"].filter(has),
    measures: { rows: { is: "count" }, hits: { is: "distinct", column: "hit_id" } },
    where: [{ column: "date", is: "in", value: [...new Set(due.map(({ date }) => date))] }],
    limit: rowsMax,
  });
  for (const row of found) {
    const key = dayKey(has("stream_ref") ? row["stream_ref"] : due[0]!.ref, row["date"]);
    const day = counts.get(key) ?? { hits: 0, rows: 0 };
    day.rows += Number(row["rows"]);
    if (row["is_test"] !== true) day.hits += Number(row["hits"]);
    counts.set(key, day);
  }
  return counts;
}

async function columnsOf(
  warehouse: CheckPorts["warehouse"],
  table: TableRef,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const found = await warehouse.describe(table);
    return found && new Set(found.columns.map(({ name }) => name.toLowerCase()));
  } catch (error) {
    if (isProblem(error, datasetMissing)) return undefined;
    throw error;
  }
}

/** @param there undefined where the table could not be counted */
function dayOfTable(counted: Found | undefined, there: Rows | undefined) {
  const number = (name: string) => Number(counted?.[name] ?? 0);
  const last = number("last_at");
  return {
    hits: there?.hits,
    rows: there?.rows,
    counted: number("hits") + number("tests"),
    tests: number("tests"),
    dead_letters: number("dead_letters"),
    refused: number("refused"),
    bytes: number("bytes"),
    last_at: last === 0 ? undefined : last,
  };
}

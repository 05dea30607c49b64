import { isProblem } from "../problem.ts";
import { documentsConflict } from "../problems.ts";
import { dayAfter, dayOf, only, rowsMax, selectMade, type ActivityPorts } from "../activity/days.ts";
import { activityTable } from "../activity/tables.ts";
import type { Documents, Write } from "../documents.ts";
import { streamRef } from "../stream-ref.ts";
import type { Reading } from "../streams/reading.ts";
import { clockOf, dayOfDate } from "./clock.ts";
import { type Counted, learnDay, type LearnedDay } from "./learned.ts";
import { keptDays } from "./usual.ts";

/** Days that were learned, kept as documents: each is read once from the counters, and never again. A look
 *  reads what is there; the check learns what is missing. */

export interface LearnPorts extends ActivityPorts {
  readonly documents: Pick<Documents, "list" | "commit">;
}

/** A part of a day: Firestore takes 1 MiB a document. */
interface DayDocument {
  readonly part: number;
  readonly parts: number;
  /** JSON of `[stream_ref, LearnedDay][]`. */
  readonly streams: string;
}

export interface Learned {
  /** Reads what was learned since the last call. @throws documents_down */
  refresh(): Promise<void>;
  /** The last weeks of a stream, the earliest first. */
  daysOf(stream_ref: string): readonly LearnedDay[];
  /** Changes with what is known. */
  readonly version: number;
  /** Learns the days that are over. @throws documents_down, warehouse_down, table_forbidden */
  learn(readings: readonly Reading[], options?: { daysMax?: number }): Promise<void>;
}

const partLengthMax = 600_000;
const listMax = 1_000;
/** Hits that come to their table later are not learned. */
const graceMs = 30 * 60_000;

export function openLearned(ports: LearnPorts): Learned {
  const { documents, now } = ports;
  /** By date, the streams of it. */
  const days = new Map<string, ReadonlyMap<string, LearnedDay>>();
  let version = 0;

  async function refresh(): Promise<void> {
    const newest = [...days.keys()].sort().at(-1);
    const after = newest === undefined ? undefined : `${newest}.9`;
    const found = await documents.list("health", { ...(after !== undefined && { after }), limit: listMax });
    const parts = new Map<string, DayDocument[]>();
    for (const { id, document } of found) {
      const date = id.slice(0, 10);
      parts.set(date, [...(parts.get(date) ?? []), document as DayDocument]);
    }
    for (const [date, some] of parts) {
      if (some.length !== some[0]!.parts) continue;
      const streams = some.flatMap(({ streams }) => JSON.parse(streams) as [string, LearnedDay][]);
      days.set(date, new Map(streams));
      version += 1;
    }
    for (const date of [...days.keys()].sort().slice(0, -keptDays)) days.delete(date);
  }

  function daysOf(stream_ref: string): LearnedDay[] {
    return [...days.keys()].sort().flatMap((date) => days.get(date)!.get(stream_ref) ?? []);
  }

  async function learn(readings: readonly Reading[], { daysMax = keptDays } = {}): Promise<void> {
    if (readings.length === 0) return;
    await refresh();
    const over = readings.map((reading) => dayOf(reading, now() - graceMs)).sort()[0]!;
    const newest = [...days.keys()].sort().at(-1);
    let date = dayAfter(over, -keptDays);
    if (newest !== undefined && newest >= date) date = dayAfter(newest, 1);
    for (let left = daysMax; date < over && left > 0; left -= 1, date = dayAfter(date, 1))
      await learnOne(readings, date);
  }

  async function learnOne(readings: readonly Reading[], date: string): Promise<void> {
    const before = days.get(dayAfter(date, -1));
    const rows = await countedOf(ports, readings, date);
    const streams = readings.map((reading): [string, LearnedDay] => {
      const ref = streamRef(reading.id);
      const offset = reading.lookup.kind === "valid" ? reading.lookup.stream.offset : "UTC";
      return [ref, learnDay(clockOf(offset), dayOfDate(date), rows.get(ref) ?? [], before?.get(ref)?.last)];
    });
    const forgotten = dayAfter(date, -keptDays);
    const old = (await documents.list("health", { limit: listMax })).filter(({ id }) => id < forgotten);
    try {
      await documents.commit([
        ...partsOf(date, streams),
        ...old.map(({ id }): Write => ({ kind: "health", id, document: null })),
      ]);
    } catch (error) {
      // Another instance was quicker, and learned the same.
      if (!isProblem(error, documentsConflict)) throw error;
      await refresh();
      return;
    }
    days.set(date, new Map(streams));
    version += 1;
  }

  return {
    refresh,
    daysOf,
    learn,
    get version() {
      return version;
    },
  };
}

function partsOf(date: string, streams: readonly (readonly [string, LearnedDay])[]): Write[] {
  const texts: string[] = [];
  let some: string[] = [];
  let length = 0;
  for (const one of streams) {
    const text = JSON.stringify(one);
    if (length + text.length > partLengthMax) {
      texts.push(`[${some.join(",")}]`);
      [some, length] = [[], 0];
    }
    some.push(text);
    length += text.length + 1;
  }
  texts.push(`[${some.join(",")}]`);
  return texts.map((text, part) => ({
    kind: "health",
    id: `${date}.${String(part).padStart(4, "0")}`,
    document: { part, parts: texts.length, streams: text },
    ifVersion: null,
  }));
}

/** What came on a day, by stream and in the order of the minutes. */
async function countedOf(
  { warehouse, productDataset }: ActivityPorts,
  readings: readonly Reading[],
  date: string,
): Promise<Map<string, Counted[]>> {
  const found = await selectMade(warehouse, {
    from: activityTable(productDataset),
    columns: ["stream_ref", "minute", "minutes"],
    measures: { hits: { is: "sum", column: "hits" }, last_at: { is: "max", column: "last_at" } },
    where: [{ column: "date", is: "=", value: date }, ...only(readings.map(({ id }) => streamRef(id)))],
    orderBy: [{ column: "minute" }],
    limit: rowsMax,
  });
  const byStream = new Map<string, Counted[]>();
  for (const row of found) {
    const hits = Number(row["hits"] ?? 0);
    if (hits === 0) continue;
    const ref = String(row["stream_ref"]);
    const rows = byStream.get(ref) ?? [];
    rows.push({
      minute: Number(row["minute"]),
      hits,
      lastAt: Number(row["last_at"]),
      minutes: Number(row["minutes"]),
    });
    byStream.set(ref, rows);
  }
  return byStream;
}

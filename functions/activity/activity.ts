import { randomUUID } from "node:crypto";
import type { Hit } from "../hit.ts";
import type { Log } from "../log.ts";
import { openOwnTable } from "../own-table.ts";
import { asProblem } from "../problem.ts";
import { streamRef } from "../stream-ref.ts";
import { utcDay } from "../streams/calendar.ts";
import type { Stream } from "../streams/stream.ts";
import type { Row, Warehouse } from "../warehouse.ts";
import { within } from "../within.ts";
import { createDelays, type Delays } from "./delays.ts";
import { readable } from "./readable.ts";
import { readReasons } from "./refused.ts";
import { activity, activityRow, activityTable } from "./tables.ts";

/** What deliver counts beside its work, in memory alone: no delivery waits for it, and none fails because of
 *  it. A minute is written with the first hit after it, in one append for all streams. There is no timer: in
 *  the cloud an instance has no CPU between requests. */
export interface Activity {
  /** A hit is in its table. */
  row(hit: Hit, stream: Stream, row: Row): void;
  /** A hit is a dead letter. @param isKnown whether there is such a stream */
  deadLetter(hit: Hit, isKnown: boolean): void;
  /** Of a message of collect's. */
  refused(message: Hit): void;
  /** Begins to write what is over, if anything is. A delivery need not wait for the
   *  end of it. Never rejects. */
  tick(): Promise<void> | undefined;
  /** Writes everything there is; resolves when it is written, or kept for later. Never rejects. */
  write(deadlineMs: number): Promise<void>;
  /** The same for somebody who looks: whoever does so all the time makes no rows all the time. */
  writeForLook(deadlineMs: number): Promise<void>;
}

const minuteMs = 60_000;
/** How many minutes a row stands for, by how many streams an instance has seen in the last one. A page about
 *  500 streams reads the rows of a whole day: at a row a minute they would be 720,000. */
const spans = [
  { streamsMax: 50, minutes: 1 },
  { streamsMax: 250, minutes: 5 },
  { streamsMax: Infinity, minutes: 10 },
] as const;
/** Streams and minutes that are counted at once; then they are written before their minute is over. */
const tallyMax = 5_000;
/** Rows that could not be written. The oldest go first. */
const rowsWaitingMax = 10_000;
const lookedMax = 20;
const appendDeadlineMs = 30_000;
const looksEveryMs = 2_000;

interface Tally {
  readonly stream_id: string | undefined;
  readonly date: string;
  readonly minute: number;
  hits: number;
  tests: number;
  dead_letters: number;
  bytes: number;
  last_at: number;
  delays: Delays | undefined;
  looked: number;
  with_key: number;
  with_time: number;
  refused: Map<string, number> | undefined;
}

interface Ports {
  warehouse: Warehouse;
  productDataset: string;
  /** Unix ms. */
  now: () => number;
  log: Log;
}

export function createActivity({ warehouse, productDataset, now, log }: Ports): Activity {
  const table = openOwnTable(warehouse, activityTable(productDataset), activity);
  const instance = randomUUID().slice(0, 8);
  let tallies = new Map<string, Tally>();
  /** The last one of each stream: most hits belong to it. */
  let latest = new Map<string | undefined, Tally>();
  let minutes = 1;
  let writeAt = nextAt();
  let rows: Row[] = [];
  let writing: Promise<void> | undefined;
  let isFailing = false;

  function nextAt(): number {
    const span = minutes * minuteMs;
    return (Math.floor(now() / span) + 1) * span;
  }

  function tallyOf(stream_id: string | undefined, date: string, receivedAt: number): Tally {
    const span = minutes * minuteMs;
    const minute = Math.floor(receivedAt / span) * span;
    let tally = latest.get(stream_id);
    if (tally?.minute === minute && tally.date === date) return tally;
    const key = `${stream_id} ${date} ${minute}`;
    tally = tallies.get(key);
    if (tally === undefined) {
      if (tallies.size >= tallyMax) begin();
      tally = emptyTally(stream_id, date, minute);
      tallies.set(key, tally);
    }
    latest.set(stream_id, tally);
    return tally;
  }

  function row(hit: Hit, stream: Stream, written: Row): void {
    const date = hit.date ?? stream.calendar(hit.received_at);
    const tally = tallyOf(hit.stream_id, date, hit.received_at);
    if (hit.is_test === true) {
      tally.tests += 1;
      return;
    }
    tally.hits += 1;
    tally.bytes += hit.body.byteLength;
    tally.last_at = Math.max(tally.last_at, hit.received_at);
    // A replay took as long as its person did.
    if (hit.replay === undefined) (tally.delays ??= createDelays()).add(now() - hit.received_at);
    if (tally.looked >= lookedMax) return;
    const found = readable(stream, written);
    if (found === undefined) return;
    tally.looked += 1;
    if (found.key) tally.with_key += 1;
    if (found.time) tally.with_time += 1;
  }

  function deadLetter(hit: Hit, isKnown: boolean): void {
    if (hit.replay !== undefined || hit.is_test === true) return;
    const date = hit.date ?? utcDay(hit.received_at);
    tallyOf(isKnown ? hit.stream_id : undefined, date, hit.received_at).dead_letters += 1;
  }

  function refused(message: Hit): void {
    const { stream_id, received_at, date = utcDay(received_at) } = message;
    const tally = tallyOf(stream_id, date, received_at);
    const reasons = (tally.refused ??= new Map<string, number>());
    for (const [reason, count] of readReasons(message))
      reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }

  function tick(): Promise<void> | undefined {
    if (now() >= writeAt) begin();
    return writing;
  }

  /** What was counted becomes rows, and these wait for `writeAll`. */
  function begin(): void {
    close();
    writing ??= writeAll(appendDeadlineMs).finally(() => (writing = undefined));
  }

  function close(): void {
    const ended = [...tallies.values()];
    tallies = new Map();
    latest = new Map();
    const at = now();
    rows.push(...ended.flatMap((tally) => rowsOf(tally, { minutes, instance, at })));
    if (rows.length > rowsWaitingMax) {
      log("WARNING", "The activity could not be written for long: the oldest minutes are left out.", {
        event: "activity_left_out",
        rows: rows.length - rowsWaitingMax,
      });
      rows = rows.slice(-rowsWaitingMax);
    }
    const streams = new Set(ended.map(({ stream_id }) => stream_id)).size;
    if (streams > 0) minutes = spans.find(({ streamsMax }) => streams <= streamsMax)!.minutes;
    writeAt = nextAt();
  }

  /** Never rejects: what cannot be written goes with a later minute. */
  async function writeAll(deadlineMs: number): Promise<void> {
    const batch = rows;
    rows = [];
    if (batch.length === 0) return;
    try {
      await table.append(batch, { deadlineMs });
      isFailing = false;
    } catch (error) {
      rows = [...batch, ...rows].slice(-rowsWaitingMax);
      if (!isFailing)
        log("WARNING", "The activity could not be written; it is tried again with a later minute.", {
          event: "activity_failed",
          detail: asProblem(error).message,
        });
      isFailing = true;
    }
  }

  async function write(deadlineMs: number): Promise<void> {
    const end = performance.now() + deadlineMs;
    if (writing !== undefined) await within(deadlineMs, writing, () => undefined);
    close();
    await writeAll(Math.max(1, end - performance.now()));
  }

  let lookedAt = -Infinity;
  async function writeForLook(deadlineMs: number): Promise<void> {
    if (Math.abs(now() - lookedAt) < looksEveryMs) return;
    lookedAt = now();
    await write(deadlineMs);
  }

  return { row, deadLetter, refused, tick, write, writeForLook };
}

function emptyTally(stream_id: string | undefined, date: string, minute: number): Tally {
  const none = {
    hits: 0,
    tests: 0,
    dead_letters: 0,
    bytes: 0,
    last_at: 0,
    looked: 0,
    with_key: 0,
    with_time: 0,
  };
  return { stream_id, date, minute, ...none, delays: undefined, refused: undefined };
}

/** One for what arrived, and one for each reason of refusal. */
function rowsOf(tally: Tally, written: { minutes: number; instance: string; at: number }): Row[] {
  const { stream_id, date, minute, hits, tests, dead_letters, looked } = tally;
  const named = {
    ...(stream_id !== undefined && { stream_ref: streamRef(stream_id) }),
    date,
    minute,
    ...written,
  };
  const arrived = activityRow({
    ...named,
    ...(hits > 0 && { hits, bytes: tally.bytes, last_at: tally.last_at }),
    ...(tests > 0 && { tests }),
    ...(dead_letters > 0 && { dead_letters }),
    delay_p50_ms: tally.delays?.percentile(50),
    delay_p95_ms: tally.delays?.percentile(95),
    ...(looked > 0 && { looked, with_key: tally.with_key, with_time: tally.with_time }),
  });
  const refusals = [...(tally.refused ?? [])].map(([refused_reason, refused]) =>
    activityRow({ ...named, refused, refused_reason }),
  );
  return hits + tests + dead_letters > 0 ? [arrived, ...refusals] : refusals;
}

import type { Activity } from "../activity/activity.ts";
import { BoundedSet } from "../bounded.ts";
import { eventRow, letterRow, type Reason } from "../letters/letter.ts";
import { elapsedMs, type Elapsed } from "../elapsed.ts";
import type { Hit } from "../hit.ts";
import type { Log } from "../log.ts";
import { isProblem } from "../problem.ts";
import {
  bytesAltered,
  gaveUp,
  proofUnreadable,
  schemaDiffers,
  streamInvalid,
  streamMissing,
  tableMissing,
} from "../problems.ts";
import type { LetterStore } from "../letters/store.ts";
import type { Deliver, Queue, Verdict } from "../queue.ts";
import { makeRow, rowBytes, rowColumns, withoutFields } from "../hits/row.ts";
import { streamRef } from "../stream-ref.ts";
import type { Lookup, Stream } from "../streams/stream.ts";
import type { StreamCache } from "../streams/cache.ts";
import type { Writers } from "../streams/writers.ts";
import { tableName, type TableRef } from "../table.ts";
import type { Column, Row, Warehouse } from "../warehouse.ts";
import { createDestinations } from "./destinations.ts";
import { sortFailure } from "./failure.ts";
import { createLane, type Lane, type LaneLimits } from "./lane.ts";
import { createSparseLog } from "../sparse-log.ts";

/** A hung append is a failure after so long, unless told; the hit then comes again. */
export const appendDeadlineMs = 30_000;
/** Tables with rows on their way or just delivered to. Idle lanes beyond are let go. */
const lanesMax = 1_000;
const arrivedMax = 10_000;
/** A replay follows a person's fix: an older copy of the stream may still have the mistake. */
const fixedWithinMs = 1_000;
/** So long a hit may take to be durable on its way to becoming backend events. */
const handOnDeadlineMs = 10_000;
const notImported = "its row is written, its backend events could not be";
/** Ids, numbers and attributes of a dead letter or event, beside the body. */
const overheadBytes = 4_000;

interface Ports {
  streams: StreamCache;
  warehouse: Warehouse;
  /** All streams of a table, for its views; those that have sent hits where left out. */
  writers?: Writers;
  letters: LetterStore;
  /** What may wait for one table, and for how long, before hits come again: 32 MiB and 5 s unless told; and
   *  the deadline of an append. */
  limits?: LaneLimits & { readonly appendDeadlineMs?: number };
  /** Unix ms. */
  now: () => number;
  /** For what is remembered of tables; the process's own where left out. */
  elapsed?: Elapsed;
  /** Where hits of streams that carry backend events go behind their row; nowhere where left out. */
  imports?: Pick<Queue, "publish">;
  /** What is counted beside the work; nothing where left out. */
  activity?: Activity;
  log: Log;
}

/** Views that were not made when their table got its rows. */
export interface OwedViews {
  /** Those of these streams' tables count as owed: after a start nobody knows which ones were made. */
  owe(streams: readonly Stream[]): void;
  /** Tries those whose time has come. Each delivery does so too, beside its own work. Never rejects. */
  makeOwed(): Promise<void>;
}

/** The subscriber function: hit -> row in the stream's table, or a dead letter with a reason. */
export function createDeliver({
  streams,
  warehouse,
  writers,
  letters: store,
  limits,
  now,
  elapsed = elapsedMs,
  imports,
  activity,
  log,
}: Ports): Deliver & OwedViews {
  const destinations = createDestinations({ warehouse, writers, elapsed, log });
  const deadlineMs = limits?.appendDeadlineMs ?? appendDeadlineMs;
  const lanes = new Map<string, Lane>();
  const letters = laneInto("letters");
  const events = laneInto("events");
  /** Replays whose row is there, and whose event is not: only that is tried again. */
  const arrived = new BoundedSet<string>(arrivedMax);
  /** The same of hits that could not be handed on to become backend events. */
  const written = new BoundedSet<string>(arrivedMax);
  const sparseLog = createSparseLog(log, elapsed);

  async function deliver(hit: Hit): Promise<Verdict> {
    void destinations.makeOwed();
    activity?.tick();
    if (hit.refused === true) return count(hit);
    const on: Way = {};
    try {
      await write(hit, on);
      return "ack";
    } catch (error) {
      return settle(hit, error, on);
    }
  }

  async function park(hit: Hit): Promise<Verdict> {
    if (hit.refused === true) return count(hit);
    // Its row is there. A replay has both made.
    if (hit.for_import === true)
      return keep(hit, { reason: "gave_up", detail: gaveUp({ last: notImported }).message });
    try {
      await write(hit);
      return "ack";
    } catch (error) {
      const failure = sortFailure(error);
      return failure.kind === "dead"
        ? keep(hit, failure)
        : keep(hit, {
            reason: "gave_up",
            detail: gaveUp({ last: failure.detail }).message,
          });
    }
  }

  /** Lost with this process, if it is killed within the minute: what was refused is counted about. */
  async function count(refused: Hit): Promise<Verdict> {
    counted(refused, () => activity?.refused(refused));
    // No hit waits for this answer, and in the cloud there is no CPU after it.
    await activity?.tick();
    return "ack";
  }

  /** @param on learns how far the hit has come, for whoever tells of its failure */
  async function write(hit: Hit, on: Way = {}): Promise<void> {
    if (hit.altered === true) throw bytesAltered();
    // Before the stream is looked at: what its document says by now does not tell who sent the hit then.
    if (hit.kept_apart === true && hit.replay === undefined) throw proofUnreadable();
    const asked = hit.replay === undefined ? undefined : fixedWithinMs;
    const stream = usable(await streams.get(hit.stream_id, asked));
    const row = await makeRow(hit, hit.date ?? stream.calendar(hit.received_at));
    on.table = tableName(stream.table);
    destinations.claim(stream);
    const append = async () => {
      if (!written.has(sendingOf(hit))) {
        await laneOf(stream).add(row, rowBytes(row));
        counted(hit, () => activity?.row(hit, stream, row));
      }
      if (stream.backend_events !== undefined) await handOn(hit);
    };
    if (hit.replay === undefined) return append();
    const replay = sendingOf(hit);
    if (!arrived.has(replay)) {
      destinations.fixed(stream.table);
      await append();
      arrived.add(replay);
    }
    await tellDelivered(hit.hit_id, hit.replay);
    arrived.delete(replay);
  }

  /** Whoever makes backend events of it works by itself: deliver waits until the hit is durable, and for
   *  nothing else. @throws queue_down */
  async function handOn(sent: Hit): Promise<void> {
    if (imports === undefined) return;
    const { replay: _replay, ...hit } = sent;
    written.add(sendingOf(sent));
    await imports.publish({ ...hit, for_import: true }, { deadlineMs: handOnDeadlineMs });
    written.delete(sendingOf(sent));
  }

  /** What is counted is kept already: whatever goes wrong in counting it, it does not come again. */
  function counted({ hit_id }: Hit, count: () => void): void {
    try {
      count();
    } catch (error) {
      const detail = String(error);
      const message = "A hit was kept, but not counted; its day is about until it is checked.";
      sparseLog("activity", "ERROR", message, { event: "count_failed", hit_id, detail });
    }
  }

  function tellDelivered(hit_id: string, attempt: number): Promise<void> {
    const event = { hit_id, attempt, event: "delivered", at: now() } as const;
    return events.add(eventRow(event), overheadBytes);
  }

  async function settle(hit: Hit, error: unknown, { table }: Way): Promise<Verdict> {
    const failure = sortFailure(error);
    if (failure.kind === "dead") return keep(hit, failure);
    const stream = streamRef(hit.stream_id);
    sparseLog(table ?? stream, "WARNING", "A hit could not be delivered; it comes again.", {
      event: "deliver_failed",
      hit_id: hit.hit_id,
      stream,
      detail: failure.detail,
    });
    return "later";
  }

  async function keep(hit: Hit, failure: { reason: Reason; detail: string }): Promise<Verdict> {
    try {
      await letters.add(
        letterRow(hit, { ...failure, at: now() }),
        hit.body.length + failure.detail.length + overheadBytes,
      );
    } catch (error) {
      sparseLog("dead letters", "ERROR", "A dead letter could not be written; the hit stays in the queue.", {
        event: "deliver_failed",
        hit_id: hit.hit_id,
        reason: failure.reason,
        detail: sortFailure(error).detail,
      });
      return "later";
    }
    const isKnown = failure.reason !== "stream_missing" && failure.reason !== "bytes_altered";
    counted(hit, () => activity?.deadLetter(hit, isKnown));
    log("WARNING", "A hit became a dead letter.", {
      event: "dead_letter",
      hit_id: hit.hit_id,
      stream: streamRef(hit.stream_id),
      reason: failure.reason,
      detail: failure.detail,
    });
    return "ack";
  }

  function laneOf(stream: Stream): Lane {
    const name = tableName(stream.table);
    let lane = lanes.get(name);
    if (lane === undefined) {
      dropIdleLanes();
      lane = createLane((rows) => appendTo(stream.table, rows), withoutFields, limits);
      lanes.set(name, lane);
    }
    return lane;
  }

  /** What was known of the table may be out of date: it is looked at once more before the batch fails. */
  async function appendTo(table: TableRef, rows: Row[]): Promise<void> {
    const columns = await prepareLatest(table);
    try {
      await append(table, columns, rows);
    } catch (error) {
      if (!isProblem(error, tableMissing, schemaDiffers)) throw error;
      destinations.forget(table);
      await append(table, await prepareLatest(table), rows);
    }
  }

  /** The lane outlives changes of the streams' documents: its views follow the owner's document of now. */
  async function prepareLatest(table: TableRef): Promise<readonly Column[]> {
    const owner = destinations.owner(table);
    if (owner === undefined) return destinations.prepare({ id: "", table });
    const lookup = await streams.get(owner.id);
    if (lookup.kind === "valid" && tableName(lookup.stream.table) === tableName(table))
      return destinations.prepare(lookup.stream);
    destinations.release(table);
    return destinations.prepare({ id: owner.id, table });
  }

  function append(table: TableRef, columns: readonly Column[], rows: Row[]): Promise<void> {
    const whole = columns.length === rowColumns.length;
    return warehouse.append(table, columns, whole ? rows : rows.map(only(columns)), {
      deadlineMs,
    });
  }

  function laneInto(into: "letters" | "events"): Lane {
    return createLane(
      (rows) => store.append(into, rows, { deadlineMs }),
      () => undefined,
      limits,
    );
  }

  function dropIdleLanes(): void {
    if (lanes.size < lanesMax) return;
    for (const [name, lane] of lanes) if (lane.idle()) lanes.delete(name);
  }

  function owe(streams: readonly Stream[]): void {
    for (const stream of streams) destinations.owe(stream);
  }

  return { deliver, park, owe, makeOwed: destinations.makeOwed };
}

interface Way {
  table?: string;
}

/** A person's replay is a sending of its own: whatever was written before it may be in another table. */
function sendingOf({ hit_id, replay = 0 }: Hit): string {
  return `${hit_id} ${replay}`;
}

function usable(lookup: Lookup): Stream {
  if (lookup.kind === "missing") throw streamMissing();
  if (lookup.kind === "invalid") throw streamInvalid({ problems: lookup.problems.join("; ") });
  return lookup.stream;
}

/** Another table may lack some of our columns: it gets those it has. */
function only(columns: readonly Column[]): (row: Row) => Row {
  const positions = columns.map(({ name }) => rowColumns.findIndex((column) => column.name === name));
  return (row) => positions.map((position) => row[position]!);
}

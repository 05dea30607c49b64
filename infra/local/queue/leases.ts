/** Which hit is handed out next. What is out is known only here, in memory: after a crash everything that was
 *  not acked is in the file and comes again. What was just stored is handed out from memory (`ring`), within
 *  a bound; what came past the bound, or before this start, is read from the file by ranges of ids.
 *  Longer than most files: the four sources (retries, asides, ranges, ring) share one
 *  account of what is out. */
import { fromAttributes, type Hit } from "../../../functions/hit.ts";
import type { Log } from "../../../functions/log.ts";
import { hitOverheadBytes, type Settlement, type Stored } from "./commits.ts";
import { createFifo } from "./fifo.ts";
import { createUnreachable } from "./unreachable.ts";
import { alteredHit, never, parseAttributes, sumOf, type QueueApi, type Rows } from "./wire.ts";
import { whyOf, type Caller } from "../thread/worker.ts";

export interface Lease {
  readonly id: number;
  readonly hit: Hit;
  /** From 1. */
  readonly attempt: number;
  /** Its attempts are used up: call `park`. */
  readonly exhausted: boolean;
}

/** Who takes the leases decides what they have room for; `take` means that it counts the hit from now on. */
export interface Gate {
  /** Whether hits of this stream would be taken now. */
  open(streamId: string): boolean;
  /** `wait`: nothing passes until there is room. `aside`: its stream is slow, the hits behind it go first. */
  admit(hit: Hit): "take" | "wait" | "aside";
}

export interface Leases {
  lease(hitsMax: number, bytesMax: number, gate: Gate): Promise<Lease[]>;
  ack(id: number): void;
  nack(id: number): void;
  /** A group is in the file. */
  committed(
    stored: Stored[],
    settled: Settlement[],
    foreign: { from: number; to: number; rows: number },
  ): void;
  /** Everything in the file but what is out is to be handed out. */
  recovered(state: { last: number; waiting: number; nextDueAt: number; lanes: string[] }): void;
  last(): number;
  waiting(): number;
  /** Whether this message is out and done with, though the file does not know it yet. */
  acked(id: number): boolean;
  close(): void;
}

interface Held {
  /** How often it was nacked before this lease. */
  readonly attempts: number;
  /** Whether `retries` or `asides` names it. */
  readonly marked: boolean;
  readonly stream_id: string;
  settled: Settlement["kind"] | undefined;
}

interface Candidate {
  readonly id: number;
  readonly hit: Hit;
  readonly attempts: number;
}

/** Hits that are out, or whose end is not in the file yet: past this bound nothing is handed out. */
const heldMax = 100_000;
const sliceHitsMax = 512;
const sliceBytesMax = 1024 * 1024;
const asidesPerLeaseMax = 1_024;
const rangePauseMs = 1_000;

export function createLeases(options: {
  caller: Caller<QueueApi>;
  log: Log;
  ringBytesMax: number;
  attemptsMax: number;
  pauseMs(attempts: number): number;
  /** No pause is longer: what seems to be is of a clock that was set since, and due. */
  pauseMsMax: number;
  ready(): Promise<void>;
  settle(settlement: Settlement): void;
  /** There may be something to lease. */
  onWork(): void;
  /** Of a file that counts more messages than can be found: count, and read, it anew. */
  lookAgain(): void;
}): Leases {
  const { caller, log, settle } = options;
  const held = new Map<number, Held>();
  /** Those of them that the file names as due. */
  const heldRetries = new Set<number>();
  let loaded = createFifo<Candidate>();
  let ring = createFifo<Stored>();
  let ringBytes = 0;
  let ranges: { from: number; to: number; notBefore: number }[] = [];
  /** Where to go on in each stream's hits that were put aside. */
  const lanes = new Map<string, number>();
  let nextDueAt = never;
  let last = 0;
  let waiting = 0;
  let dueTimer: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;
  let altered = 0;
  const unreachable = createUnreachable(log, options.lookAgain);

  async function take(hitsMax: number, bytesMax: number, gate: Gate): Promise<Lease[]> {
    const leases: Lease[] = [];
    let bytesLeft = bytesMax;
    const full = () => leases.length >= hitsMax || bytesLeft <= 0;

    function give({ id, hit, attempts }: Candidate, marked: boolean): void {
      held.set(id, {
        attempts,
        marked,
        stream_id: hit.stream_id,
        settled: undefined,
      });
      if (attempts > 0) heldRetries.add(id);
      bytesLeft -= hit.body.byteLength + hitOverheadBytes;
      leases.push({
        id,
        hit,
        attempt: attempts + 1,
        exhausted: attempts >= options.attemptsMax,
      });
    }
    function hold(id: number, hit: Hit, attempts: number, settlement: Settlement): void {
      held.set(id, {
        attempts,
        marked: attempts > 0,
        stream_id: hit.stream_id,
        settled: settlement.kind,
      });
      if (attempts > 0) heldRetries.add(id);
      settle(settlement);
    }

    async function takeDue(): Promise<void> {
      // A timer may fire a moment early: without a new one, nobody would look again.
      if (restMs() > 0) return dueTimer === undefined ? watchDue() : undefined;
      // Half of the room at most: retries of a warehouse that was away must not keep fresh hits waiting.
      const half = {
        hitsMax: Math.min(sliceHitsMax, Math.ceil(hitsMax / 2)),
        bytesMax: Math.min(sliceBytesMax, bytesLeft),
      };
      const rows = await caller.call("due", {
        now: Date.now(),
        pauseMsMax: options.pauseMsMax,
        held: Float64Array.from(heldRetries),
        ...half,
      });
      nextDueAt = rows.nextDueAt;
      for (const candidate of read(rows)) {
        const { id, hit, attempts } = candidate;
        if (gate.admit(hit) === "take") give(candidate, true);
        else {
          const dueAt = Date.now() + options.pauseMs(Math.max(1, attempts));
          hold(id, hit, attempts, {
            kind: "nack",
            id,
            leaving: false,
            attempts,
            dueAt,
          });
        }
      }
      watchDue();
    }

    async function takeLanes(): Promise<void> {
      const inTurn = Array.from(lanes); // as it is now: the loop puts lanes in again
      for (const [stream_id, after] of inTurn) {
        if (full()) return;
        if (!gate.open(stream_id)) continue;
        const bounds = {
          hitsMax: Math.min(64, hitsMax - leases.length),
          bytesMax: Math.min(sliceBytesMax, bytesLeft),
        };
        const rows = await caller.call("lane", { stream_id, after, ...bounds });
        lanes.delete(stream_id); // and in again at the end of the line, so that every lane has its turn
        if (rows.ids.length > 0) lanes.set(stream_id, rows.ids.at(-1)!);
        for (const candidate of read(rows)) {
          if (gate.admit(candidate.hit) === "take") give(candidate, true);
          else {
            lanes.set(stream_id, candidate.id - 1);
            break;
          }
        }
      }
    }

    async function takeFresh(): Promise<void> {
      let asides = 0;
      while (!full() && asides < asidesPerLeaseMax) {
        if (loaded.size === 0) await load();
        const candidate = loaded.peek() ?? ringHead();
        if (candidate === undefined) return;
        const { id, hit } = candidate;
        const verdict = gate.admit(hit);
        if (verdict === "wait") return;
        if (loaded.size > 0) loaded.shift();
        else ringBytes -= ring.shift()!.bytes;
        if (verdict === "take") give(candidate, false);
        else {
          hold(id, hit, 0, { kind: "aside", id, stream_id: hit.stream_id });
          asides++;
        }
      }
    }

    if (held.size >= heldMax || closed) return leases;
    await options.ready();
    try {
      await takeDue();
      await takeLanes();
      await takeFresh();
      if (isIdle()) unreachable.left(waiting);
    } catch (error) {
      // What was given is out already; the rest comes with a later lease.
      log("ERROR", "The queue cannot be read just now.", { why: whyOf(error) });
      setTimeout(options.onWork, rangePauseMs).unref();
    }
    return leases;
  }

  /** Nothing is out, and nothing more is known of. */
  function isIdle(): boolean {
    const known = held.size + ring.size + loaded.size + ranges.length + lanes.size;
    return known === 0 && nextDueAt === never;
  }

  function ringHead(): Candidate | undefined {
    const stored = ring.peek();
    return stored && { id: stored.id, hit: stored.hit, attempts: 0 };
  }

  async function load(): Promise<void> {
    const now = performance.now();
    const range = ranges.find(({ notBefore }) => notBefore <= now);
    if (range === undefined) return;
    try {
      const bounds = { hitsMax: sliceHitsMax, bytesMax: sliceBytesMax };
      const rows = await caller.call("range", {
        from: range.from,
        to: range.to,
        ...bounds,
      });
      range.from = rows.next;
      for (const candidate of read(rows)) loaded.push(candidate);
    } catch (error) {
      // A part of the file that cannot be read must not hold up the rest of it.
      range.notBefore = now + rangePauseMs;
      throw error;
    } finally {
      ranges = ranges.filter(({ from, to }) => from <= to);
    }
  }

  /** The hits among the rows. Bodies are copied: one that waits long would otherwise keep its
   *  whole slice in memory. */
  function read({ ids, attempts, lengths, sums, bytes }: Rows): Candidate[] {
    const found: Candidate[] = [];
    let at = 0;
    for (let i = 0; i < ids.length; i++) {
      const middle = at + lengths[2 * i]!;
      const end = middle + lengths[2 * i + 1]!;
      const id = ids[i]!;
      if (!held.has(id)) {
        const hit = readHit(id, bytes.subarray(at, middle), bytes.slice(middle, end), sums[i]!);
        if (hit !== undefined) found.push({ id, hit, attempts: attempts[i]! });
        else putAway(id);
      }
      at = end;
    }
    return found;
  }

  function readHit(id: number, attributes: Uint8Array, body: Uint8Array, sum: number): Hit | undefined {
    if (sum !== -1 && sumOf(attributes, body) !== sum) {
      log("ERROR", "A message's bytes are not those that were stored; it becomes a dead letter.", {
        event: "bytes_altered",
        message: id,
        so_far: ++altered,
      });
      return alteredHit(attributes, body);
    }
    const parsed = parseAttributes(attributes);
    return parsed && fromAttributes(parsed, body);
  }

  function putAway(id: number): void {
    const why = "The attributes are not those of a hit.";
    log("ERROR", "A message that is no hit was moved to the table rejected of the queue's file.", {
      message: id,
      why,
    });
    held.set(id, {
      attempts: 0,
      marked: true,
      stream_id: "",
      settled: "reject",
    });
    settle({ kind: "reject", id, why });
  }

  function watchDue(): void {
    clearTimeout(dueTimer);
    dueTimer = undefined;
    if (nextDueAt === never || closed) return;
    dueTimer = setTimeout(
      () => {
        dueTimer = undefined;
        options.onWork();
      },
      Math.max(restMs(), 1),
    ).unref();
  }

  /** Until the next one is due. */
  function restMs(): number {
    const ms = nextDueAt - Date.now();
    return ms > options.pauseMsMax && nextDueAt !== never ? 0 : ms;
  }

  function settleHeld(id: number, kind: "ack" | "nack"): void {
    const out = held.get(id);
    if (out === undefined || out.settled !== undefined) return; // settled before, or leased by an earlier start
    out.settled = kind;
    if (kind === "ack") return settle({ kind, id, leaving: out.marked });
    const attempts = out.attempts + 1;
    settle({
      kind,
      id,
      leaving: out.marked,
      attempts,
      dueAt: Date.now() + Math.round(options.pauseMs(attempts)),
    });
  }

  return {
    lease(hitsMax, bytesMax, gate) {
      const next = turn.then(() => take(hitsMax, bytesMax, gate));
      // Whoever asked hears of a failure; the next one only waits for its end.
      turn = next.catch(() => undefined);
      return next;
    },
    ack: (id) => settleHeld(id, "ack"),
    nack: (id) => settleHeld(id, "nack"),
    committed(stored, settled, foreign) {
      if (foreign.rows > 0) ranges.push({ from: foreign.from, to: foreign.to, notBefore: 0 });
      waiting += foreign.rows + stored.length;
      for (const put of stored) {
        last = Math.max(last, put.id);
        const tail = ranges.at(-1);
        if (ringBytes + put.bytes <= options.ringBytesMax) {
          ring.push(put);
          ringBytes += put.bytes;
        } else if (tail !== undefined && tail.to === put.id - 1) tail.to = put.id;
        else ranges.push({ from: put.id, to: put.id, notBefore: 0 });
      }
      let due = false;
      for (const item of settled) {
        held.delete(item.id);
        heldRetries.delete(item.id);
        if (item.kind === "ack" || item.kind === "reject") waiting--;
        else if (item.kind === "aside")
          lanes.set(item.stream_id, Math.min(lanes.get(item.stream_id) ?? never, item.id - 1));
        else if (item.dueAt < nextDueAt) {
          nextDueAt = item.dueAt;
          due = true;
        }
      }
      if (due) watchDue();
      if (stored.length > 0 || foreign.rows > 0 || settled.length > 0) options.onWork();
    },
    recovered(state) {
      loaded = createFifo();
      ring = createFifo();
      ringBytes = 0;
      // From the smallest id there is: rows written by hand may have any.
      ranges = state.waiting > 0 ? [{ from: Number.MIN_SAFE_INTEGER, to: state.last, notBefore: 0 }] : [];
      last = Math.max(last, state.last);
      waiting = state.waiting;
      nextDueAt = state.nextDueAt;
      lanes.clear();
      for (const stream_id of state.lanes) lanes.set(stream_id, Number.MIN_SAFE_INTEGER);
      watchDue();
      options.onWork();
    },
    last: () => last,
    waiting: () => waiting,
    acked: (id) => held.get(id)?.settled === "ack",
    close() {
      closed = true;
      clearTimeout(dueTimer);
    },
  };
}

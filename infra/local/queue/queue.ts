import { join } from "node:path";
import { attemptsMax as attemptsMaxOfPort, type Backlog, type Queue } from "../../../functions/queue.ts";
import { fileUnusable, queueDown } from "../../../functions/problems.ts";
import { elapsedMs } from "../../../functions/elapsed.ts";
import type { Hit } from "../../../functions/hit.ts";
import type { Log } from "../../../functions/log.ts";
import { createCommits } from "./commits.ts";
import { createInline } from "./inline.ts";
import { createLeases, type Gate, type Lease, type Leases } from "./leases.ts";
import type { QueueApi, QueueFile } from "./wire.ts";
import { fileId } from "../thread/own-file.ts";
import type { Housed } from "../folder/page.ts";
import { snapshotFile } from "../thread/snapshot.ts";
import { openWorker, whyOf, type Caller } from "../thread/worker.ts";

export type { Gate, Lease } from "./leases.ts";

/** The queue on one machine: an SQLite file that one worker thread writes. A hit is
 *  kept until it is acked. */
export interface LocalQueue extends Queue, Backlog, Housed {
  /** Hits to deliver, in no promised order; at most one more than `bytesMax` holds. Each one stays out
   *  until it is acked or nacked, or until the next start. Empty where there is nothing: `onWork`
   *  tells when that changes. */
  lease(hitsMax: number, bytesMax: number, gate?: Gate): Promise<Lease[]>;
  /** Done with: gone from the file with one of the next commits. */
  ack(id: number): void;
  /** Comes again after a pause that doubles with each attempt. */
  nack(id: number): void;
  /** Whom to call when there may be something to lease; the latest one holds. */
  onWork(listener: () => void): void;
  /** A consistent copy while the queue goes on. @throws Error where `file` exists or its
   *  folder cannot be written */
  snapshot(file: string): Promise<void>;
}

export interface QueueConfig {
  directory: string;
  log: Log;
  /** Hits that were just stored are handed out from memory up to this many bytes;
   *  the others are read back. */
  ringBytesMax?: number;
  /** Bodies that wait for the disk; past it, publish refuses at once. */
  bytesWaitingMax?: number;
  /** The file's largest size; past it, publish refuses until hits are acked. Without it: the disk's. */
  fileBytesMax?: number;
  /** Publish refuses where the disk has less left than this: what is kept free is for
   *  delivering what waits. */
  roomBytesMin?: number;
  attemptsMax?: number;
  /** The first pause after a nack, and the longest one. */
  pauseMsMin?: number;
  pauseMsMax?: number;
}

export const queueFileName = "queue.sqlite";
const ringBytes = 16 * 1024 * 1024;
const bytesWaiting = 128 * 1024 * 1024;
/** Twice what the log and one group can hold between two checkpoints. */
const roomBytes = 64 * 1024 * 1024;
/** How long `check` waits for its commit, and how long its finding holds. */
const checkMs = 5_000;
const checkedMs = 1_000;
const findRows = 5_000;

const everything: Gate = { open: () => true, admit: () => "take" };

/** @throws file_unusable when the file cannot be opened */
export async function openQueue(config: QueueConfig): Promise<LocalQueue> {
  const { directory, log, attemptsMax = attemptsMaxOfPort } = config;
  const { pauseMsMin = 1_000, pauseMsMax = 600_000 } = config;
  const file = join(directory, queueFileName);
  let recovery: Promise<void> | undefined;
  let stale = true;
  let changes = 0;
  let closing: Promise<void> | undefined;
  let listener: () => void = () => undefined;
  const data: QueueFile = {
    file,
    fileBytesMax: config.fileBytesMax,
    roomBytesMin: config.roomBytesMin ?? roomBytes,
  };
  const caller = openWorker<QueueApi>(new URL("./queue.worker.ts", import.meta.url), {
    name: "queue",
    data,
    onDeath(error) {
      stale = true;
      inline.release();
      if (data.own === undefined) return; // the start says why it fails
      log("ERROR", "The queue's thread ended; it is opened again.", { why: whyOf(error) });
      listener(); // what was committed without an answer is found by the next lease
    },
  });

  const inline = createInline({ queue: data, isFree: caller.isIdle, log, elapsed: elapsedMs });

  // After a death nobody knows whether the group under way is in the file: it is read from there.
  function ready(): Promise<void> {
    if (recovery !== undefined) return recovery;
    if (!stale) return settledReady;
    recovery = (async () => {
      try {
        stale = false;
        changes++;
        leases.recovered(await caller.call("state", undefined));
      } catch (error) {
        stale = true;
        throw error;
      } finally {
        recovery = undefined;
      }
    })();
    return recovery;
  }

  const leases = createLeases({
    caller,
    log,
    ringBytesMax: config.ringBytesMax ?? ringBytes,
    attemptsMax,
    pauseMs: (attempts) => pauseOf(attempts, pauseMsMin, pauseMsMax),
    pauseMsMax,
    ready,
    settle: (settlement) => commits.settle(settlement),
    onWork: () => listener(),
    lookAgain() {
      stale = true;
      listener();
    },
  });
  const commits = createCommits({
    caller,
    inline,
    log,
    bytesWaitingMax: config.bytesWaitingMax ?? bytesWaiting,
    ready,
    after: leases.last,
    onCommitted(...committed) {
      changes++;
      leases.committed(...committed);
    },
  });

  try {
    await ready();
    data.own = fileId(file);
  } catch (error) {
    await caller.close();
    throw fileUnusable({ file, why: whyOf(error) }, error);
  }

  return {
    publish: (hit: Hit, { deadlineMs }) => commits.put(hit, deadlineMs),
    check: sometimes(() => commits.prove(checkMs), checkedMs),
    close() {
      closing ??= (async () => {
        leases.close();
        await commits.drain();
        inline.release();
        await caller.close();
      })();
      return closing;
    },
    find: (hitId) => findIn(caller, leases, hitId).catch((error: unknown) => Promise.reject(down(error))),
    depth: () => depthOf(caller, leases),
    lease: (hitsMax, bytesMax, gate = everything) => leases.lease(hitsMax, bytesMax, gate),
    ack: leases.ack,
    nack: leases.nack,
    onWork(wake) {
      listener = wake;
      wake();
    },
    snapshot: (target) => snapshotFile(file, target),
    changes: () => changes,
    note: (page) => caller.call("note", page),
  };
}

/** @returns what was found last, for so long */
function sometimes(look: () => Promise<void>, everyMs: number): () => Promise<void> {
  let at = -Infinity;
  let found: Promise<void>;
  return () => {
    const now = performance.now();
    if (now - at > everyMs) {
      at = now;
      found = look();
    }
    return found;
  };
}

async function depthOf(caller: Caller<QueueApi>, leases: Leases) {
  const asking = caller.call("oldest", undefined);
  const oldest = await asking.catch((error: unknown) => Promise.reject(down(error)));
  return { waiting: leases.waiting(), ...(oldest !== undefined && { oldest_received_at: oldest }) };
}

async function findIn(
  caller: Caller<QueueApi>,
  leases: Leases,
  hitId: string,
): Promise<"waiting" | "absent"> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    // A slice at a time, so that commits pass in between.
    const { id, next } = await caller.call("find", { hit_id: hitId, after, rowsMax: findRows });
    if (id !== undefined && !leases.acked(id)) return "waiting";
    if (id === undefined && next === undefined) return "absent";
    after = id ?? next!;
  }
}

const settledReady = Promise.resolve();

/** Doubles with each attempt; up to a quarter off, so that hits that failed together do
 *  not come back together. */
export function pauseOf(attempts: number, msMin: number, msMax: number): number {
  return Math.min(msMin * 2 ** Math.min(attempts - 1, 40), msMax) * (1 - Math.random() / 4);
}

function down(error: unknown): Error {
  return queueDown({ why: whyOf(error) }, error);
}

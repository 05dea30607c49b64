import { type Hit } from "../../../functions/hit.ts";
import { queueDown } from "../../../functions/problems.ts";
import type { Log } from "../../../functions/log.ts";
import { createTogether, type Place } from "../../../functions/together.ts";
import type { Inline } from "./inline.ts";
import { pack, type Group, type QueueApi } from "./wire.ts";
import { whyOf, type Caller } from "../thread/worker.ts";

/** Group commit: one transaction is under way at a time, and what arrives meanwhile goes with the next
 *  one. Nothing waits on a timer while a put waits; acks and nacks alone linger a moment, for the puts
 *  that share their sync. */

/** A stored hit and its name in the file. */
export interface Stored {
  id: number;
  readonly hit: Hit;
  readonly bytes: number;
}

/** What is to be written about messages that were taken out. */
export type Settlement =
  | { kind: "ack"; id: number; leaving: boolean }
  | {
      kind: "nack";
      id: number;
      leaving: boolean;
      attempts: number;
      dueAt: number;
    }
  | { kind: "aside"; id: number; stream_id: string }
  | { kind: "reject"; id: number; why: string };

export interface Commits {
  put(hit: Hit, deadlineMs: number): Promise<void>;
  settle(settlement: Settlement): void;
  /** A commit that was begun after this call works. */
  prove(deadlineMs: number): Promise<void>;
  /** Resolves when nothing waits any more; settlements that cannot be written now are
   *  left for the next start. */
  drain(): Promise<void>;
}

/** Each waiting hit is counted with this many bytes beside its body. */
export const hitOverheadBytes = 512;
const groupHitsMax = 2_048;
const groupBytesMax = 16 * 1024 * 1024;
const settlementsMax = 8_192;
const lingerMs = 20;
const retryMs = 1_000;

export function createCommits(options: {
  caller: Caller<QueueApi>;
  inline: Inline;
  log: Log;
  bytesWaitingMax: number;
  /** Awaited before each group; rejects while the file cannot be read. */
  ready(): Promise<void>;
  /** The last id that is used. */
  after(): number;
  onCommitted(
    stored: Stored[],
    settled: Settlement[],
    foreign: { from: number; to: number; rows: number },
  ): void;
}): Commits {
  const { caller, log } = options;
  /** Without a hit in it where somebody only asks whether commits work. */
  const line = createTogether<Stored | undefined>({
    countMax: groupHitsMax,
    bytesMax: groupBytesMax,
    late: () => queueDown({ why: "the disk did not answer before the deadline" }),
  });
  let settlements: Settlement[] = [];
  let running = false;
  let scheduled = false;
  let broken = false;
  /** What was last said in the log that it fails. A full disk still lets go of hits: that stores none. */
  let said: "nothing" | "settlements" | "puts" = "nothing";
  let draining = false;
  let linger: NodeJS.Timeout | undefined;
  let spare: ArrayBuffer | undefined;
  let idle: (() => void)[] = [];

  function enqueue(stored: Stored | undefined, deadlineMs: number): Promise<void> {
    const bytes = stored?.bytes ?? 0;
    if (draining) return Promise.reject(queueDown({ why: "the queue is closing" }));
    const waitingBytes = line.waitingBytes();
    if (waitingBytes > 0 && waitingBytes + bytes > options.bytesWaitingMax)
      return Promise.reject(queueDown({ why: `${waitingBytes} bytes wait for the disk already` }));
    const added = line.add(stored, bytes, deadlineMs);
    schedule();
    return added;
  }

  // After the current turn of the event loop: whatever else it brings goes with this group.
  function schedule(): void {
    if (running || scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (!running) void run();
    });
  }

  async function run(): Promise<void> {
    running = true;
    clearTimeout(linger);
    linger = undefined;
    // A first failure leaves `broken` set, and the settlements then go alone: on a full
    // disk they can make the room.
    while (line.waiting() > 0 || settlements.length > 0) {
      const alone = broken && settlements.length > 0;
      const worked = await commit(alone ? [] : line.take(), settlements.splice(0, settlementsMax));
      if (!worked && (line.waiting() === 0 || draining)) break;
      if (!worked && alone) await commit(line.take(), []);
    }
    running = false;
    if (line.waiting() > 0) return schedule();
    if (settlements.length > 0 && !draining) linger = setTimeout(schedule, retryMs);
    for (const done of idle.splice(0)) done();
  }

  async function commit(puts: readonly Place<Stored | undefined>[], settled: Settlement[]): Promise<boolean> {
    if (puts.length === 0 && settled.length === 0) return true;
    const stored: Stored[] = [];
    for (const { item } of puts) if (item !== undefined) stored.push(item);
    try {
      await options.ready();
      const after = options.after();
      const packed =
        stored.length > 0
          ? pack(
              stored.map(({ hit }) => hit),
              spare,
            )
          : undefined;
      spare = undefined;
      const group: Group = {
        after,
        puts: packed,
        asks: puts.length > 0,
        ...sort(settled),
      };
      const transfer = packed && [packed.bytes.buffer, packed.lengths.buffer, packed.sums.buffer];
      const committed = options.inline.commit(group) ?? (await caller.call("commit", group, transfer));
      spare = committed.spare;
      if (said === "settlements" || (said === "puts" && puts.length > 0)) {
        log("INFO", "The queue stores hits again.");
        said = "nothing";
      }
      broken = false;
      for (let i = 0; i < stored.length; i++) stored[i]!.id = committed.first + i;
      options.onCommitted(stored, settled, {
        from: after + 1,
        to: committed.first - 1,
        rows: committed.foreign,
      });
      for (const put of puts) put.done();
      return true;
    } catch (error) {
      const why = whyOf(error);
      if (said === "nothing")
        log("ERROR", "The queue cannot store hits: senders are told to retry.", { why });
      if (puts.length > 0) said = "puts";
      else if (said === "nothing") said = "settlements";
      broken = true;
      settlements = [...settled, ...settlements];
      for (const put of puts) put.fail(queueDown({ why }, error));
      return false;
    }
  }

  return {
    put: (hit, deadlineMs) =>
      enqueue({ id: 0, hit, bytes: hit.body.byteLength + hitOverheadBytes }, deadlineMs),
    prove: (deadlineMs) => enqueue(undefined, deadlineMs),
    settle(settlement) {
      settlements.push(settlement);
      if (running || scheduled) return;
      if (!broken && settlements.length >= settlementsMax / 2) schedule();
      else linger ??= setTimeout(schedule, broken ? retryMs : lingerMs);
    },
    async drain() {
      draining = true;
      clearTimeout(linger);
      if (running || scheduled || line.waiting() > 0 || settlements.length > 0) {
        const done = new Promise<void>((resolve) => idle.push(resolve));
        schedule();
        await done;
      }
      clearTimeout(linger);
    },
  };
}

function sort(settled: Settlement[]): Omit<Group, "after" | "puts" | "asks"> {
  const acks: number[] = [];
  const nacks: number[] = [];
  const leaving: number[] = [];
  const asides: { id: number; stream_id: string }[] = [];
  const rejects: { id: number; why: string }[] = [];
  for (const item of settled) {
    if (item.kind === "ack") acks.push(item.id);
    else if (item.kind === "nack") nacks.push(item.id, item.attempts, item.dueAt);
    else if (item.kind === "aside") asides.push({ id: item.id, stream_id: item.stream_id });
    else rejects.push({ id: item.id, why: item.why });
    if ("leaving" in item && item.leaving) leaving.push(item.id);
  }
  return {
    acks: Float64Array.from(acks),
    nacks: Float64Array.from(nacks),
    leaving: Float64Array.from(leaving),
    asides,
    rejects,
  };
}

import type { Elapsed } from "../../../functions/elapsed.ts";
import type { Log } from "../../../functions/log.ts";
import { openWriter, type Writer } from "./file.ts";
import { spareOf, type Committed, type Group, type QueueFile } from "./wire.ts";

/** Commits of the main thread's own. Most senders send one hit at a time, and for one hit the way to the
 *  queue's thread and back costs more than its commit. The event loop waits for one sync meanwhile: where the
 *  disk is slow, or a group is large, the thread does it. */
export interface Inline {
  /** @returns undefined where the thread is to do it. Never throws: what fails here is the thread's to try
   *  again and to explain. */
  commit(group: Group): Committed | undefined;
  /** Closes its connection; another commit opens one. Before the thread opens the file
   *  again, which has to find nobody in it. */
  release(): void;
}

const putsMax = 4;
const bytesMax = 64 * 1024;
const settlementsMax = 256;
/** The log is folded by the thread alone, with a commit of its own: each sync of one that grows and grows
 *  costs more. */
const inRowMax = 400;
const meanMsMax = 4;
const meanPauseMs = 1_000;
const slowMs = 50;
const slowPauseMs = 10_000;
/** A disk is slow now and then: of the 10th, the 100th … the log tells. */
const saidFrom = 10;
/** How much the latest commit counts in the mean. */
const weight = 1 / 32;
const sqliteBusy = 5;

interface Ports {
  queue: QueueFile;
  /** Whether the thread owes no answer: what it reads must be older than what is committed after it was
   *  asked. */
  isFree: () => boolean;
  log: Log;
  elapsed: Elapsed;
}

export function createInline({ queue, isFree, log, elapsed }: Ports): Inline {
  let writer: Writer | undefined;
  let inRow = 0;
  let meanMs = 0;
  let resumeAt = -Infinity;
  let slow = 0;

  function fits({ puts, acks, nacks, asides, rejects }: Group): boolean {
    if (puts === undefined || puts.sums.length > putsMax || puts.bytes.byteLength > bytesMax) return false;
    return acks.length + nacks.length / 3 + asides.length + rejects.length <= settlementsMax;
  }

  function release(): void {
    try {
      writer?.db.close();
    } catch {
      // It was closed by what made it useless.
    }
    writer = undefined;
  }

  function pause(ms: number): void {
    resumeAt = elapsed() + ms;
    meanMs = 0;
  }

  function took(ms: number): void {
    meanMs += (ms - meanMs) * weight;
    if (ms > slowMs) {
      pause(slowPauseMs);
      slow += 1;
      if (slow >= saidFrom && Number.isInteger(Math.log10(slow)))
        log("INFO", "Again and again the disk takes long to store a hit.", {
          event: "slow_sync",
          ms: Math.round(ms),
          so_far: slow,
        });
    } else if (meanMs > meanMsMax) pause(meanPauseMs);
  }

  return {
    commit(group) {
      const began = elapsed();
      if (began < resumeAt || !fits(group) || !isFree()) return undefined;
      if (++inRow > inRowMax) {
        inRow = 0;
        return undefined;
      }
      try {
        writer ??= openWriter(queue, { busyMs: 0, folds: false, giveUp: () => undefined });
        // The thread makes room where there is a way to.
        if (!writer.hasRoom()) return undefined;
        const committed = writer.commit(group);
        took(elapsed() - began);
        return { ...committed, spare: spareOf(group.puts) };
      } catch (error) {
        if (isBusy(error)) return undefined;
        release();
        pause(meanPauseMs);
        return undefined;
      }
    },
    release,
  };
}

/** Somebody else writes just now: the thread, which waits for them. */
function isBusy(error: unknown): boolean {
  return ((error as { errcode?: unknown }).errcode as number) % 256 === sqliteBusy;
}

import { AsyncLocalStorage } from "node:async_hooks";
import { overloaded } from "../../../functions/problems.ts";

/** Memory for what BigQuery answers. Most results are small. A large one is in memory several times until it
 *  is an answer of ours, and a process holds few of them. So work that has read more than a small result
 *  needs one of a few places, and keeps it until it ends. Nobody who has a place waits for another one:
 *  nobody waits for ever. */
export interface AnswerMemory {
  /** Runs the work: what is read in it counts together until it ends. Inside of other
   *  work it is a part of that. */
  enter<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Counts bytes that the work at hand is about to read; resolves when there is room for them.
   *  @throws overloaded when no place becomes free in time */
  read(bytes: number): Promise<void>;
}

export interface AnswerMemoryConfig {
  /** What any work may read without a place, in bytes; 1 MiB where left out: hundreds of common hits. */
  readonly smallBytesMax?: number;
  /** 2 where left out. Measured: three rows of 8 MiB take 250 MiB, a query of four million digits 360, two of
   *  these at once 560; terraform/ gives an instance 1 GiB. */
  readonly placesMax?: number;
  /** How long work waits for a place; 20 s where left out: several times what a large result takes. */
  readonly waitMs?: number;
}

interface Work {
  bytes: number;
  ended: boolean;
  place: Promise<void> | undefined;
}

const mebibyte = 1024 * 1024;

export function openAnswerMemory({
  smallBytesMax = mebibyte,
  placesMax = 2,
  waitMs = 20_000,
}: AnswerMemoryConfig = {}): AnswerMemory {
  const current = new AsyncLocalStorage<Work>();
  /** First come, first served. */
  const waiting = new Set<() => void>();
  let taken = 0;

  function enter<Result>(work: () => Promise<Result>): Promise<Result> {
    if (current.getStore() !== undefined) return work();
    const entered: Work = { bytes: 0, ended: false, place: undefined };
    return current.run(entered, work).finally(() => {
      entered.ended = true;
      void entered.place?.then(free, () => undefined);
    });
  }

  async function read(bytes: number): Promise<void> {
    const work = current.getStore();
    if (work === undefined) throw new Error("Nothing is read outside of AnswerMemory.enter.");
    // Nobody waits for what is still read, and nobody would give its place back.
    if (work.ended) throw overloaded();
    work.bytes += bytes;
    if (work.bytes > smallBytesMax) await (work.place ??= take());
  }

  async function take(): Promise<void> {
    if (taken < placesMax) {
      taken++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(go);
        reject(overloaded());
      }, waitMs);
      waiting.add(go);
    });
  }

  /** The place goes to whoever has waited for longest. */
  function free(): void {
    const [next] = waiting;
    if (next === undefined) {
      taken--;
      return;
    }
    waiting.delete(next);
    next();
  }

  return { enter, read };
}

import { setTimeout as wait } from "node:timers/promises";
import { counted } from "../../functions/counted.ts";
import { exitCodes, failed, failure } from "../failure.ts";
import { visible } from "../terminal/visible.ts";
import type { Answer, Post } from "./post.ts";
import type { Progress, Refused } from "./progress.ts";
import type { FileRecord } from "./records.ts";
import { createSeen } from "./seen.ts";

export interface Counts {
  /** Records of the file that were gone through, in this run or before. */
  records: number;
  /** Acknowledged in this run. */
  sent: number;
  refused: number;
  /** Of those sent: equal to an earlier record of this run in key and content, so that they are one hit. */
  repeats: number;
  /** Requests that had to wait and be sent once more. */
  retries: number;
}

export interface Outbox {
  /** The name of a record's delivery. */
  name(record: FileRecord): string;
  readonly post: Post;
  readonly progress: Progress;
  readonly window: number;
  readonly refusedMax: number;
  readonly pausesMs: readonly number[];
  readonly stopped: AbortSignal;
  /** Told of each refusal. */
  refused(refused: Refused): void;
  /** Asked after each record that is done. */
  told(counts: Readonly<Counts>): void;
}

/** How often in a row nothing is taken before it is given up: some ten minutes. */
const attemptsMax = 60;

/** Sends records, some at a time, until each is taken or refused. What is taken is never sent in vain: the
 *  progress knows it, but for those that were on their way when the process was killed.
 *  @throws Failure where no record is taken any more, what `records` throws, and where `stopped` ends it */
export async function sendAll(
  records: AsyncIterable<FileRecord>,
  counts: Counts,
  outbox: Outbox,
): Promise<void> {
  const { progress, window, stopped } = outbox;
  const seen = createSeen();
  const gate = createGate(outbox);
  /** Done behind a record that is not. */
  const ahead = new Set<number>();
  const underway = new Set<Promise<void>>();
  let { done } = progress;
  let fault: unknown;

  function isDone(number: number): void {
    ahead.add(number);
    const before = done;
    while (ahead.delete(done + 1)) done += 1;
    counts.records = Math.max(counts.records, done);
    if (done > before) progress.add({ done });
    outbox.told(counts);
  }

  function refuse({ number, line }: FileRecord, says: string): void {
    const refused = { record: number, line, says };
    counts.refused += 1;
    progress.add({ refused });
    outbox.refused(refused);
    isDone(number);
    if (counts.refused >= outbox.refusedMax)
      throw failed(
        `${counted(counts.refused, "record is", "records are")} refused, and nothing more is sent. Mend the file, or allow more with --refused-max.`,
      );
  }

  async function take(record: FileRecord): Promise<void> {
    if (record.body === undefined) return refuse(record, record.fault ?? "It holds nothing.");
    const answer = await gate.send(outbox.name(record), record.body, counts);
    if (answer.kind === "closed") throw failed(visible(`Nothing more is sent: ${answer.says}`));
    if (answer.kind === "refused") return refuse(record, answer.says);
    counts.sent += 1;
    if (seen.has(answer.hitId)) counts.repeats += 1;
    isDone(record.number);
  }

  try {
    for await (const record of records) {
      if (record.number <= progress.done) continue;
      while (underway.size >= window && fault === undefined) await Promise.race(underway);
      if (fault !== undefined) break;
      stopped.throwIfAborted();
      const task: Promise<void> = take(record)
        .catch((error: unknown) => void (fault ??= error))
        .finally(() => underway.delete(task));
      underway.add(task);
    }
  } finally {
    // What is on its way may have been taken: its answer counts.
    await Promise.all(underway);
    await progress.flush();
  }
  if (fault !== undefined) throw fault;
}

/** Where one request is told to wait, all wait. */
function createGate({ post, pausesMs, stopped }: Outbox) {
  let inARow = 0;
  let closed: Promise<unknown> | undefined;

  function close(afterMs: number): void {
    const ms = Math.max(afterMs, pausesMs[Math.min(inARow, pausesMs.length - 1)] ?? 0);
    inARow += 1;
    closed = wait(ms, undefined, { signal: stopped }).finally(() => (closed = undefined));
    // Whoever waits for it is told.
    closed.catch(() => {});
  }

  return {
    async send(name: string, body: string, counts: Counts): Promise<Exclude<Answer, { kind: "later" }>> {
      for (;;) {
        while (closed !== undefined) await closed;
        const answer = await post.send(name, body);
        if (answer.kind !== "later") {
          inARow = 0;
          return answer;
        }
        if (inARow >= attemptsMax)
          throw failure(
            exitCodes.unreachable,
            visible(
              `Nothing is taken in ${attemptsMax} attempts: ${answer.says}. The same command goes on later.`,
            ),
          );
        counts.retries += 1;
        if (closed === undefined) close(answer.afterMs);
      }
    },
  };
}

import type { Log } from "../log.ts";
import { asProblem } from "../problem.ts";
import type { Queue } from "../queue.ts";
import { inParallel } from "../within.ts";
import { refusedMessage, type Refused } from "./refused.ts";

/** What collect counts of requests that it refused, in memory alone: no answer waits for it. Only
 *  of streams that there are: whoever guesses addresses costs nothing. A minute is sent with the
 *  first request after it. */
export interface Refusals {
  /** @param date of the stream, at `receivedAt` */
  refused(streamId: string, reason: string, receivedAt: number, date?: string): void;
  /** Begins to send what is over, if anything is. */
  tick(): void;
  /** Sends everything there is; resolves when it is sent, or cannot be. Never rejects. */
  write(deadlineMs: number): Promise<void>;
}

const minuteMs = 60_000;
/** Streams and minutes that are counted at once; further ones are left out. */
const tallyMax = 2_000;
const sendsAtOnce = 16;
const sendDeadlineMs = 8_000;

interface Tally extends Refused {
  readonly reasons: Map<string, number>;
}

export function createRefusals({
  queue,
  now,
  log,
}: {
  queue: Pick<Queue, "publish">;
  now: () => number;
  log: Log;
}): Refusals {
  let tallies = new Map<string, Tally>();
  let sendAt = Infinity;
  let sending: Promise<void> | undefined;
  let leftOut = 0;

  function refused(stream_id: string, reason: string, receivedAt: number, date?: string): void {
    const minute = Math.floor(receivedAt / minuteMs) * minuteMs;
    sendAt = Math.min(sendAt, minute + minuteMs);
    add({ stream_id, minute, date, reasons: new Map([[reason, 1]]) });
  }

  function add({ stream_id, minute, date, reasons }: Tally): void {
    const key = `${stream_id} ${minute} ${date}`;
    let tally = tallies.get(key);
    if (tally === undefined) {
      if (tallies.size >= tallyMax) {
        leftOut += 1;
        return;
      }
      tally = { stream_id, minute, date, reasons: new Map<string, number>() };
      tallies.set(key, tally);
    }
    for (const [reason, count] of reasons)
      tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + count);
  }

  function tick(): void {
    if (now() < sendAt || sending !== undefined) return;
    sending = sendAll(sendDeadlineMs).finally(() => (sending = undefined));
  }

  /** Never rejects: what cannot be sent is counted with a later minute. It may have
   *  arrived: then it counts twice. */
  async function sendAll(deadlineMs: number): Promise<void> {
    const begunAt = now();
    const batch = [...tallies.values()];
    tallies = new Map();
    sendAt = Infinity;
    tellLeftOut();
    let failure: unknown;
    await inParallel(batch, sendsAtOnce, async (tally) => {
      try {
        await queue.publish(refusedMessage(tally), { deadlineMs });
      } catch (error) {
        failure = error;
        add(tally);
      }
    });
    if (failure === undefined) return;
    // With the queue away, the next request need not try again.
    sendAt = begunAt + minuteMs;
    log("WARNING", "Counts of refused requests could not be sent; they go with a later minute.", {
      event: "activity_failed",
      detail: asProblem(failure).message,
    });
  }

  function tellLeftOut(): void {
    if (leftOut === 0) return;
    log("WARNING", "More streams refused requests than are counted at once: some refusals are left out.", {
      event: "activity_left_out",
      requests: leftOut,
    });
    leftOut = 0;
  }

  async function write(deadlineMs: number): Promise<void> {
    await sending;
    await sendAll(deadlineMs);
  }

  return { refused, tick, write };
}

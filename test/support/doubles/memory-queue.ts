import type { Hit } from "../../../functions/hit.ts";
import { queueDown } from "../../../functions/problems.ts";
import {
  attemptsMax as attemptsMaxOfPort,
  type Backlog,
  type Deliver,
  type Queue,
} from "../../../functions/queue.ts";

/** A queue for tests of what stands on it; held to the same promises as the real ones, but for a crash. */
export interface MemoryQueue extends Queue, Backlog {
  /** Takes everything that waits, oldest first, as if it was delivered and acknowledged. */
  take(): Hit[];
  /** Delivers what waits and what comes. `stop` waits for what is on its way. */
  subscribe(deliver: Deliver): { stop(): Promise<void> };
}

interface Waiting {
  readonly hit: Hit;
  attempts: number;
  /** Not to be delivered now: it is on its way, or it pauses. */
  away: boolean;
}

/** The first pause; each further one is twice as long. */
const pauseMs = 5;
const pauseMsMax = 1000;

export function memoryQueue(attemptsMax = attemptsMaxOfPort): MemoryQueue {
  const waiting = new Set<Waiting>();
  const pauses = new Set<NodeJS.Timeout>();
  let subscriber: Deliver | undefined;
  let closed = false;
  const open = () => {
    if (closed) throw queueDown({ why: "it is closed" });
  };

  const onTheirWay = new Set<Promise<void>>();
  async function attempt(one: Waiting, { deliver, park }: Deliver): Promise<void> {
    one.attempts++;
    const verdict = await (one.attempts > attemptsMax ? park(one.hit) : deliver(one.hit)).catch(
      () => "later" as const,
    );
    if (verdict === "ack") {
      waiting.delete(one);
      return;
    }
    const pause = setTimeout(
      () => {
        pauses.delete(pause);
        one.away = false;
        pump();
      },
      Math.min(pauseMsMax, pauseMs * 2 ** one.attempts),
    );
    pauses.add(pause);
  }
  function pump(): void {
    if (subscriber === undefined) return;
    for (const one of waiting) {
      if (one.away) continue;
      one.away = true;
      const way = attempt(one, subscriber).finally(() => onTheirWay.delete(way));
      onTheirWay.add(way);
    }
  }

  return {
    async publish(hit, { deadlineMs }) {
      open();
      if (deadlineMs <= 0) throw queueDown({ why: "the deadline has passed" });
      // The sender's buffer is its own again after the publish.
      waiting.add({
        hit: { ...hit, body: Uint8Array.from(hit.body) },
        attempts: 0,
        away: false,
      });
      pump();
    },
    async check() {
      open();
    },
    async find(hitId) {
      open();
      return [...waiting].some(({ hit }) => hit.hit_id === hitId) ? "waiting" : "absent";
    },
    async depth() {
      open();
      if (waiting.size === 0) return { waiting: 0 };
      const oldest = Math.min(...[...waiting].map(({ hit }) => hit.received_at));
      return { waiting: waiting.size, oldest_received_at: oldest };
    },
    async close() {
      closed = true;
      subscriber = undefined;
      for (const pause of pauses) clearTimeout(pause);
      await Promise.all(onTheirWay);
    },
    take() {
      const taken = [...waiting].map(({ hit }) => hit);
      waiting.clear();
      return taken;
    },
    subscribe(deliver) {
      subscriber = deliver;
      pump();
      return {
        async stop() {
          subscriber = undefined;
          await Promise.all(onTheirWay);
        },
      };
    },
  };
}

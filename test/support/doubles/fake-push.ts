import type { Attributes } from "../../../functions/hit.ts";

/** Pub/Sub's push as Google's page describes it, with what no emulator has: push backoff, for the whole
 *  subscription, and the window of pushes that are under way. Its clock is whatever `Date.now` and
 *  `setTimeout` are: with a test's own, minutes of it are no time at all.
 *  Source: https://cloud.google.com/pubsub/docs/push#push_backoff and #delivery_rate */
export interface Message {
  readonly data: Uint8Array;
  readonly attributes: Attributes;
}

/** @returns the status that the push was answered with */
export type Endpoint = (push: { message: Message; attempt: number }) => Promise<number>;

export interface SubscriptionOptions {
  readonly endpoint: Endpoint;
  readonly ackDeadlineMs: number;
  /** Pauses between two attempts of one message. */
  readonly retryMs: { readonly min: number; readonly max: number };
  /** Where a message goes after so many attempts. */
  readonly deadLetter?: { readonly attemptsMax: number; readonly publish: (message: Message) => void };
}

export interface Subscription {
  publish(message: Message): void;
  readonly counts: { pushes: number; nacks: number; givenUp: number };
  /** The longest pause between two pushes that its backoff has made. */
  longestBackoffMs(): number;
}

const windowFirst = 3;
const windowMax = 3_000;
/** How long a nack counts. Google does not say; a minute is the longest pause. */
const rememberedMs = 60_000;
const backoffMs = { min: 100, max: 60_000 } as const;

/** The pause between two pushes, exponential in the nacks of a second, through the two figures that Google
 *  names: 500 ms at one a second, 30 to 60 s at five. */
export function backoffOf(nacksPerSecond: number): number {
  if (nacksPerSecond === 0) return 0;
  const [one, five] = [500, 45_000];
  const pause = one * (five / one) ** ((nacksPerSecond - 1) / 4);
  return Math.min(backoffMs.max, Math.max(backoffMs.min, pause));
}

interface Waiting {
  readonly message: Message;
  attempts: number;
}

export function openSubscription(options: SubscriptionOptions): Subscription {
  const { endpoint, ackDeadlineMs, retryMs, deadLetter } = options;
  const counts = { pushes: 0, nacks: 0, givenUp: 0 };
  let ready: Waiting[] = [];
  let nackedAt: number[] = [];
  let window = windowFirst;
  let open = 0;
  let pushedAt = Number.NEGATIVE_INFINITY;
  let longest = 0;
  let waking: NodeJS.Timeout | undefined;

  function pause(): number {
    const since = Date.now() - rememberedMs;
    nackedAt = nackedAt.filter((at) => at > since);
    const ms = backoffOf(nackedAt.length / (rememberedMs / 1_000));
    longest = Math.max(longest, ms);
    return ms;
  }

  function pump(): void {
    if (waking !== undefined) return;
    while (ready.length > 0 && open < window) {
      const waitMs = pushedAt + pause() - Date.now();
      if (waitMs > 0) {
        waking = setTimeout(() => {
          waking = undefined;
          pump();
        }, waitMs);
        return;
      }
      void push(ready.shift()!);
    }
  }

  async function push(one: Waiting): Promise<void> {
    pushedAt = Date.now();
    open++;
    counts.pushes++;
    one.attempts++;
    const acked = await answered(one);
    open--;
    if (acked) window = Math.min(windowMax, window + 1);
    else refused(one);
    pump();
  }

  /** An answer that comes after the ack deadline is none. */
  function answered({ message, attempts }: Waiting): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), ackDeadlineMs);
      void endpoint({ message, attempt: attempts }).then((status) => {
        clearTimeout(late);
        resolve(status >= 200 && status < 300);
      });
    });
  }

  function refused(one: Waiting): void {
    counts.nacks++;
    nackedAt.push(Date.now());
    window = Math.max(1, window - 1);
    if (deadLetter !== undefined && one.attempts >= deadLetter.attemptsMax) {
      counts.givenUp++;
      deadLetter.publish(one.message);
      return;
    }
    setTimeout(
      () => {
        ready.push(one);
        pump();
      },
      Math.min(retryMs.max, retryMs.min * 2 ** (one.attempts - 1)),
    );
  }

  return {
    publish(message) {
      ready.push({ message, attempts: 0 });
      pump();
    },
    counts,
    longestBackoffMs: () => longest,
  };
}

/** Instances of Cloud Run: a push goes to the one that is least busy, waits for a place where all are full,
 *  and is answered 429 when none comes free in time. */
export function openInstances(handlers: readonly Endpoint[], placesEach: number, waitMs = 10_000): Endpoint {
  const busy = handlers.map(() => 0);
  const line: (() => void)[] = [];
  return async (push) => {
    let at = busy.indexOf(Math.min(...busy));
    if (busy[at]! >= placesEach) {
      const came = await new Promise<boolean>((resolve) => {
        const enter = () => (clearTimeout(timer), resolve(true));
        const timer = setTimeout(() => (line.splice(line.indexOf(enter), 1), resolve(false)), waitMs);
        line.push(enter);
      });
      if (!came) return 429;
      at = busy.indexOf(Math.min(...busy));
    }
    busy[at]!++;
    try {
      return await handlers[at]!(push);
    } finally {
      busy[at]!--;
      line.shift()?.();
    }
  };
}

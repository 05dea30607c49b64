import type { Clock } from "../../infra/local/drop-box/clock.ts";

/** A clock that stands still until a test moves it. */
export interface HandClock extends Clock {
  /** Does what is due until then, in its order. */
  forward(ms: number): void;
}

export function handClock(): HandClock {
  // Ages of files on the disk are compared with it.
  let at = Date.now();
  let waiting: { at: number; work: () => void }[] = [];
  return {
    now: () => at,
    after(ms, work) {
      const one = { at: at + ms, work };
      waiting.push(one);
      return () => void (waiting = waiting.filter((other) => other !== one));
    },
    forward(ms) {
      const end = at + ms;
      for (;;) {
        const [next] = waiting.filter((one) => one.at <= end).sort((one, other) => one.at - other.at);
        if (next === undefined) break;
        at = Math.max(at, next.at);
        waiting = waiting.filter((one) => one !== next);
        next.work();
      }
      at = end;
    },
  };
}

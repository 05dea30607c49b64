/** Whose turn it is to write into a connection that many calls share.
 *
 *  HTTP/2 lets a receiver hold all calls of a connection back. Node then sends what waits in the order in
 *  which the calls were opened, not in which it was written. While the older calls always have something new,
 *  the youngest ones never get through. So nothing new is written while something has waited to leave for
 *  long; it then leaves, and all go on. */
export interface Turns {
  /** undefined: now. Otherwise resolves when it is the caller's turn; first come, first served. */
  wait(): Promise<void> | undefined;
  /** Something is written now. @returns what to call once it has left, or never will; more
   *  than once does no harm */
  begin(): () => void;
}

/** Past it, others wait for what has not left. */
const holdMs = 500;
/** While others wait, what was written before them leaves. Once nothing has left for so long, nobody waits
 *  any more: what is still there may be held back for itself, e.g. by a table whose requests are not read. */
const patienceMs = 2_000;
/** A receiver that is only slow looks the same. So others wait for it again after a rest, and twice as long:
 *  the rest is so many times the patience. */
const restTimes = 5;

/** A write that has not left. */
interface Leaving {
  /** From when on others may wait for it. */
  readonly from: number;
  readonly patienceMs: number;
}

export function openTurns(now: () => number): Turns {
  /** Nobody gave up on these, the oldest first. */
  const leaving = new Map<object, Leaving>();
  const resting = new Map<object, Leaving>();
  let leftAt = Number.NEGATIVE_INFINITY;
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  function wait(): Promise<void> | undefined {
    if (waiting.length === 0 && heldMs() === 0) return undefined;
    return new Promise((resolve) => {
      waiting.push(resolve);
      goOn();
    });
  }

  function begin(): () => void {
    const key = {};
    leaving.set(key, { from: now() + holdMs, patienceMs });
    return () => {
      if (!leaving.delete(key) && !resting.delete(key)) return;
      leftAt = now();
      if (waiting.length > 0) goOn();
    };
  }

  /** How long nothing new may be written, unless what holds it up leaves. */
  function heldMs(): number {
    const time = now();
    for (const [key, one] of leaving) {
      if (one.from > time) break;
      const held = heldBy(one, time);
      if (held > 0) return held;
      leaving.delete(key);
      rest(key, one, time);
    }
    for (const [key, one] of resting) {
      if (one.from > time) continue;
      const held = heldBy(one, time);
      if (held > 0) return held;
      rest(key, one, time);
    }
    return 0;
  }

  function heldBy({ from, patienceMs }: Leaving, time: number): number {
    return Math.max(0, patienceMs - (time - Math.max(from, leftAt)));
  }

  function rest(key: object, { patienceMs }: Leaving, time: number): void {
    resting.set(key, { from: time + restTimes * patienceMs, patienceMs: 2 * patienceMs });
  }

  function goOn(): void {
    const held = heldMs();
    if (held > 0) {
      timer ??= setTimeout(() => {
        timer = undefined;
        goOn();
      }, held);
      return;
    }
    clearTimeout(timer);
    timer = undefined;
    const free = waiting;
    waiting = [];
    for (const go of free) go();
  }

  return { wait, begin };
}

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
/** Past it, nobody does: it is held back for itself, e.g. by a table whose requests are not read. */
const stuckMs = 2_000;

export function openTurns(now: () => number): Turns {
  /** When it was written, the oldest first. */
  const leaving = new Map<object, number>();
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
    leaving.set(key, now());
    return () => {
      if (leaving.delete(key) && waiting.length > 0) goOn();
    };
  }

  /** How long nothing new may be written, unless what holds it up leaves. */
  function heldMs(): number {
    const time = now();
    for (const since of leaving.values()) {
      const age = time - since;
      if (age < holdMs) return 0;
      if (age < stuckMs) return stuckMs - age;
    }
    return 0;
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

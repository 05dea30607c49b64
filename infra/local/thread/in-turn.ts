/** Runs work one after another, in the order it came. A failed work does not stop the next.
 *  @param left aborted: work whose turn has not come is never run, and what was waited for
 *  rejects with its reason */
export type OneByOne = <T>(work: () => Promise<T>, left?: AbortSignal) => Promise<T>;

/** @param full makes the error where more than `waitingMax` works wait */
export function oneByOne(waitingMax: number, full: () => Error): OneByOne {
  let busy = false;
  const line: (() => void)[] = [];

  function turn(left: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        left?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        line.splice(line.indexOf(begin), 1);
        reject(left!.reason as Error);
      };
      line.push(begin);
      left?.addEventListener("abort", leave, { once: true });
    });
  }

  return async (work, left) => {
    left?.throwIfAborted();
    if (busy) {
      if (line.length >= waitingMax) throw full();
      await turn(left);
    }
    busy = true;
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next === undefined) busy = false;
      else next();
    }
  };
}

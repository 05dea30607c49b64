/** Runs work one after another, in the order it came. A failed work does not stop the next. */
export type Lane = <T>(work: () => Promise<T>) => Promise<T>;

/** @param full makes the error where more than `waitingMax` works wait */
export function lane(waitingMax: number, full: () => Error): Lane {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting > waitingMax) throw full();
    waiting += 1;
    const turn = tail.then(work, work).finally(() => (waiting -= 1));
    tail = turn.catch(() => {});
    return turn;
  };
}

import { overloaded } from "../problems.ts";

/** Runs what it is given one after the other, and refuses what would wait behind too many.
 *  @returns what runs it @throws overloaded */
export function oneByOne(waitingMax: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= waitingMax) throw overloaded();
    waiting += 1;
    const mine = last.then(work).finally(() => (waiting -= 1));
    // Whoever asked for it hears of its failure; the next one only waits for its end.
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Long work in pieces, so that it never holds the event loop for long, and small work at once, so that the
 *  usual hit pays for no turn. It is written once, as a generator that yields where it may be cut. */
export type Work<Result> = Generator<void, Result, void>;

/** Work on more bytes is cut. */
export const pieceBytesMax = 64 * 1024;

/** @param bytes how much there is to work on */
export function work<Result>(bytes: number, steps: Work<Result>): Result | Promise<Result> {
  return bytes <= pieceBytesMax ? atOnce(steps) : inPieces(steps);
}

export function atOnce<Result>(steps: Work<Result>): Result {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

async function inPieces<Result>(steps: Work<Result>): Promise<Result> {
  for (;;) {
    await turn();
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Resolves in a turn of the event loop that is the caller's alone: however many work at once, others pass
 *  after each of their pieces. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(next);
  });
}

const waiting: (() => void)[] = [];

function next(): void {
  waiting.shift()?.();
  // It runs in the next turn: setImmediate never adds to the turn that it is called in.
  if (waiting.length > 0) setImmediate(next);
}

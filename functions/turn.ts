/** Resolves in a turn of the event loop that is the caller's alone: work that is long takes one before each of its pieces,
 *  so that however many work at once, others pass after each piece. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(next);
  });
}

/** Larger work is cut in pieces; smaller work is over at once, and the usual hit pays for no turn. */
export const pieceBytesMax = 64 * 1024;

const waiting: (() => void)[] = [];

function next(): void {
  waiting.shift()?.();
  // One that is asked for in this very turn runs in the next: setImmediate never adds to the turn it is called in.
  if (waiting.length > 0) setImmediate(next);
}

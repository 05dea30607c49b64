import { constants } from "node:os";

/** One signal is often told twice: a terminal's Ctrl-C reaches npm and the server, and npm
 *  passes it on; `timeout` tells its child and then the whole group. Within this time the same
 *  signal counts once, in ms. */
export const sameSignalMs = 500;

/** Hears SIGTERM and SIGINT from now on. The first calls `stop`; a later one ends the process at once, with
 *  128 + its number, as shells count: nobody takes that for a start that failed. */
export function hearSignals(stop: () => void): void {
  const hurry = (signal: NodeJS.Signals): void => process.exit(128 + constants.signals[signal]);
  const hear = signalCounter({ stop, hurry }, () => performance.now());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, hear);
}

/** What a signal means: the first asks to stop, a later one is somebody in a hurry.
 *  @param now a clock that is never set, in ms */
export function signalCounter(
  { stop, hurry }: { stop: () => void; hurry: (signal: NodeJS.Signals) => void },
  now: () => number,
): (signal: NodeJS.Signals) => void {
  const heardAt = new Map<NodeJS.Signals, number>();
  return (signal) => {
    const at = now();
    const before = heardAt.get(signal);
    const isFirst = heardAt.size === 0;
    // An echo does not make the time longer: whoever keeps on asking is heard.
    if (before !== undefined && at - before < sameSignalMs) return;
    heardAt.set(signal, at);
    if (isFirst) stop();
    else hurry(signal);
  };
}

/** One signal is often told twice: a terminal's Ctrl-C reaches npm and the server, and npm passes it on; `timeout` tells its
 *  child and then the whole group. Within this time the same signal counts once, in ms. */
export const sameSignalMs = 500;

/** What a signal means: the first asks to stop, a later one is somebody in a hurry.
 *  @param now a clock that is never set, in ms */
export function signalCounter(
  { stop, hurry }: { stop: () => void; hurry: () => void },
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
    else hurry();
  };
}

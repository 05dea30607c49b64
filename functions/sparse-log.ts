import { BoundedMap } from "./bounded.ts";
import type { Elapsed } from "./elapsed.ts";
import type { Log } from "./log.ts";

const everyMs = 60_000;
const keysMax = 1_000;

/** A log for what an outage says of every hit alike: one line a key and minute. The next line of a key tells
 *  how many were left out before it (`left_out`). */
export type SparseLog = (key: string, ...line: Parameters<Log>) => void;

export function createSparseLog(log: Log, elapsed: Elapsed): SparseLog {
  const told = new BoundedMap<string, { at: number; leftOut: number }>(keysMax);

  return (key, severity, message, fields) => {
    const last = told.get(key);
    if (last !== undefined && elapsed() - last.at < everyMs) {
      last.leftOut += 1;
      return;
    }
    told.set(key, { at: elapsed(), leftOut: 0 });
    log(severity, message, last?.leftOut ? { ...fields, left_out: last.leftOut } : fields);
  };
}

import { readdirSync, readFileSync } from "node:fs";

/** As node names the threads of its pool, which do what is asked of zlib. */
const poolName = "libuv-worker";
const tasks = "/proc/self/task";

let pool: readonly string[] = [];

/** CPU of the pool's threads since the start, in ms, by the system's own clock of each.
 *  Before the pool is used, 0.
 *  @returns undefined where the system has no such clock: on Linux alone it does */
export function poolCpuMs(): number | undefined {
  try {
    // The pool begins all of its threads at once.
    if (pool.length === 0) pool = readdirSync(tasks).filter(isOfPool);
    let nanoseconds = 0;
    for (const id of pool)
      nanoseconds += Number.parseInt(readFileSync(`${tasks}/${id}/schedstat`, "latin1"), 10);
    return Number.isNaN(nanoseconds) ? undefined : nanoseconds / 1e6;
  } catch {
    return undefined;
  }
}

function isOfPool(id: string): boolean {
  try {
    return readFileSync(`${tasks}/${id}/comm`, "latin1").trim() === poolName;
  } catch {
    return false; // it has ended meanwhile
  }
}

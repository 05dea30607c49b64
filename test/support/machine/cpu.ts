import { readdirSync, readFileSync } from "node:fs";

/** CPU that each thread of a process has used so far, in ms, by its id; only Linux tells. Of threads that
 *  have ended nothing is left. */
function threadCpuMs(pid: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    // The name in brackets may hold anything; from there on utime and stime are the
    // 12th and 13th, in 1/100 s.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    found.set(thread, (Number(fields[11]) + Number(fields[12])) * 10);
  }
  return found;
}

/** @returns ends it: the CPU of all threads together and of the busiest one, in ms */
export function watchCpu(pid: number): () => { all: number; busiest: number } {
  const before = threadCpuMs(pid);
  return () => {
    const used = [...threadCpuMs(pid)].map(([thread, ms]) => ms - (before.get(thread) ?? 0));
    return { all: used.reduce((sum, ms) => sum + ms, 0), busiest: Math.max(...used) };
  };
}

import { execFileSync, spawnSync } from "node:child_process";

/** The processes that `parent` has begun and whose command names `part`. */
export function childrenOf(parent: number, part: string): number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => Number(found?.[2]) === parent && found?.[3]?.includes(part))
    .map((found) => Number(found![1]));
}

/** How each thread of a process is, a letter each as `ps` tells it: T has been stopped, Z has ended. Empty
 *  where there is no such process. Where the system lists no threads, the process counts as one. */
export function threadsOf(pid: number): string[] {
  const threads = process.platform === "linux" ? ["-L"] : [];
  const { stdout } = spawnSync("ps", [...threads, "-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.trim()[0]!);
}

import { execFileSync } from "node:child_process";

/** The processes that `parent` has begun and whose command names `part`. */
export function childrenOf(parent: number, part: string): number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => Number(found?.[2]) === parent && found?.[3]?.includes(part))
    .map((found) => Number(found![1]));
}

import { readFileSync } from "node:fs";
import { descendants } from "../../test/support/machine/written.ts";

/** Memory of a process and all that it started, in MiB. */
export interface Memory {
  /** What each has in RAM, added up: pages of the same file are counted by each of them. */
  readonly residentMiB: number;
  /** The same, each shared page once. */
  readonly shareMiB: number;
}

/** To add up the shares of all pages takes the system a while, and to find processes too. */
const everyMs = 250;
const findEvery = 8;

/** Looks at them until the caller stops looking. Linux alone. @returns the most that they had together */
export function watchMemory(pid: number): () => Memory {
  let residentMiB = 0;
  let shareMiB = 0;
  let looks = 0;
  let pids: number[] = [];
  const look = () => {
    if (looks++ % findEvery === 0) pids = [pid, ...descendants(pid)];
    const now = pids.map(memoryOf);
    residentMiB = Math.max(residentMiB, sum(now.map((one) => one.residentMiB)));
    shareMiB = Math.max(shareMiB, sum(now.map((one) => one.shareMiB)));
  };
  look();
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    look();
    return { residentMiB: Math.round(residentMiB), shareMiB: Math.round(shareMiB) };
  };
}

function memoryOf(pid: number): Memory {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const of = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) / 1024;
    return { residentMiB: of("Rss"), shareMiB: of("Pss") };
  } catch {
    return { residentMiB: 0, shareMiB: 0 }; // it has ended
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Memory of a process that is in RAM now, in bytes. */
export function residentBytes(pid: number): number {
  const kilobytes =
    process.platform === "linux"
      ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]
      : execFileSync("ps", ["-o", "rss=", "-p", String(pid)]).toString();
  return Number(kilobytes) * 1024;
}

/** Looks at processes until the test stops looking. @returns the most that they had together, in bytes */
export function watchResident(...pids: number[]): () => number {
  const together = () => pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
  let most = together();
  const timer = setInterval(() => {
    try {
      most = Math.max(most, together());
    } catch {
      clearInterval(timer); // it has ended: the test says so in its own way
    }
  }, 20);
  return () => {
    clearInterval(timer);
    return most;
  };
}

/** Sockets that a process has open. Only Linux tells; elsewhere 0. */
export function openSockets(pid: number): number {
  if (process.platform !== "linux") return 0;
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`).startsWith("socket:");
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

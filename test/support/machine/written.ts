import {
  readdirSync,
  readFileSync,
  rmSync,
  mkdtempSync,
  openSync,
  writeSync,
  fsyncSync,
  closeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Bytes that a process and those that it started have had written to the disk so far. Those of a process
 *  that has ended are its parent's, once that has waited for it. */
export function bytesWritten(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + writtenBy(one), 0);
}

/** The processes that a process has started, and those that they have. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc"))
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(Number(name)));
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found.slice(1);
}

function writtenBy(pid: number): number {
  return Number(/^write_bytes: (\d+)$/m.exec(read(`/proc/${pid}/io`))?.[1] ?? 0);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // ended meanwhile
  }
}

/** Why bytes cannot be counted here; undefined where they can. */
export function notCounted(): string | undefined {
  if (process.platform !== "linux")
    return `written bytes are counted by /proc, which ${process.platform} has not.`;
  const directory = mkdtempSync(join(tmpdir(), "afterclick-written-"));
  try {
    const before = writtenBy(process.pid);
    const file = openSync(join(directory, "file"), "w");
    writeSync(file, Buffer.alloc(1024 * 1024, 1));
    fsyncSync(file);
    closeSync(file);
    if (writtenBy(process.pid) >= before + 1024 * 1024) return undefined;
    return `the system does not count what is written to ${tmpdir()}: set TMPDIR to a folder on a real disk.`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

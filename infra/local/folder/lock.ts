import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { folderInUse, folderUnusable } from "../../../functions/problems.ts";
import { whyOf } from "../thread/worker.ts";

/** One process owns a data folder: two would hand out the same hits. The lock is SQLite's own lock on an
 *  empty file: the kernel lets go of it however the process ends, on every system. Never open the file
 *  otherwise while it is held: closing it once would let go of the lock. */
export const lockFileName = "lock.sqlite";
/** Beside it, for the message only: the locked file itself cannot be read. */
export const lockPidFileName = "lock.pid";

const busyCode = 5;

export interface FolderLock {
  /** Lets go, and takes away what `lockFolder` made: nothing else was written. */
  abandon(): Promise<void>;
  release(): Promise<void>;
}

/** @throws folder_in_use, folder_unusable */
export async function lockFolder(directory: string): Promise<FolderLock> {
  const folder = resolve(directory);
  const pidFile = join(folder, lockPidFileName);
  const file = join(folder, lockFileName);
  let db: DatabaseSync | undefined;
  let made: string[] = [];
  try {
    made = makeFolder(folder);
    if (!existsSync(file)) made.push(file);
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec("BEGIN EXCLUSIVE");
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    db?.close();
    const { errcode } = error as { errcode?: unknown };
    if (typeof errcode === "number" && (errcode & 0xff) === busyCode)
      throw folderInUse({ directory: folder, ...pidIn(pidFile) }, error);
    throw folderUnusable({ directory: folder, why: whyOf(error) }, error);
  }
  const held = db;
  return {
    async abandon() {
      if (!held.isOpen) return;
      rmSync(pidFile, { force: true });
      // While it is still held: another process then locks a file of its own, and this one writes no more.
      if (made.includes(file)) rmSync(file, { force: true });
      held.close();
      for (const folder of made.reverse().filter((path) => path !== file)) removeEmpty(folder);
    },
    async release() {
      if (!held.isOpen) return;
      rmSync(pidFile, { force: true });
      held.close();
    },
  };
}

/** For this user alone, since hits are personal data; a folder that is there keeps its mode. Step by step:
 *  node's own recursive way never ends where a folder is there and takes no entries, as /proc.
 *  @returns those that were made, the outer ones first */
function makeFolder(folder: string): string[] {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory() === true) return [];
  if (there !== undefined) throw new Error(`${folder} is no folder`);
  const parent = dirname(folder);
  const made = statSync(parent, { throwIfNoEntry: false })?.isDirectory() === true ? [] : makeFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
  return [...made, folder];
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody has put something there meanwhile: it is theirs.
  }
}

function pidIn(file: string): { pid?: number } {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isSafeInteger(pid) ? { pid } : {};
  } catch {
    return {}; // the other process has not written it yet
  }
}

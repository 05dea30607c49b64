import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { folderInUse, folderUnusable } from "../../../functions/problem.ts";
import { whyOf } from "../thread/worker.ts";

/** One process owns a data folder: two would hand out the same hits. The lock is SQLite's own lock on an empty file:
 *  the kernel lets go of it however the process ends, on every system. Never open the file otherwise while it is held:
 *  closing it once would let go of the lock. */
export const lockFileName = "lock.sqlite";
/** Beside it, for the message only: the locked file itself cannot be read. */
export const lockPidFileName = "lock.pid";

const busyCode = 5;

export interface FolderLock {
  release(): Promise<void>;
}

/** @throws folder_in_use, folder_unusable */
export async function lockFolder(directory: string): Promise<FolderLock> {
  const folder = resolve(directory);
  const pidFile = join(folder, lockPidFileName);
  let db: DatabaseSync | undefined;
  try {
    makeFolder(folder);
    db = new DatabaseSync(join(folder, lockFileName), { timeout: 0 });
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
    async release() {
      if (!held.isOpen) return;
      rmSync(pidFile, { force: true });
      held.close();
    },
  };
}

/** For this user alone, since hits are personal data; a folder that is there keeps its mode. Step by step: node's own
 *  recursive way never ends where a folder is there and takes no entries, as /proc. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(folder);
  if (!existsSync(parent)) makeFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
}

function pidIn(file: string): { pid?: number } {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isSafeInteger(pid) ? { pid } : {};
  } catch {
    return {}; // the other process has not written it yet
  }
}

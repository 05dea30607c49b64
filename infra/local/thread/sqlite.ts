import { mkdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { demandOwn, fileId, goneFrom } from "./own-file.ts";

/** How every SQLite file of the data folder is opened: nothing that was committed is
 *  lost when the power goes. */

/** What a connection may differ in. */
export interface Connection {
  /** Whoever else writes the file holds us up at most this long; 1,000 unless told. */
  readonly busyMs?: number;
  /** Whether it folds the log into the file now and then, which takes a while; true unless told. */
  readonly folds?: boolean;
  /** Where it is of no use any more; ends the thread unless told: a fresh one opens the file again. */
  readonly giveUp?: (error: unknown) => void;
}

const busyMsMax = 1_000;
const logBytes = 16 * 1024 * 1024;
const endThread = (error: unknown): void =>
  queueMicrotask(() => {
    throw error;
  });

/** @param options.version of the schema; a file of a newer one is refused, not guessed at
 *  @param options.upgrades what makes an older file one of the next version, by the older version
 *  @throws Error in the words of SQLite, or saying that the file is of a newer Afterclick */
export function openFile(
  file: string,
  options: {
    schema: string;
    version: number;
    upgrades?: Readonly<Record<number, string>>;
    pageBytes: number;
  },
  { busyMs = busyMsMax, folds = true }: Connection = {},
): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: busyMs });
  try {
    // Page size and vacuum mode take effect only in a file that is still empty. fullfsync: macOS syncs to the
    // drive's own cache otherwise. Source: https://sqlite.org/pragma.html
    db.exec(`
      PRAGMA page_size = ${options.pageBytes};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = 1;
      PRAGMA checkpoint_fullfsync = 1;
      PRAGMA wal_autocheckpoint = ${folds ? Math.floor(logBytes / options.pageBytes) : 0};
      PRAGMA journal_size_limit = 67108864;
    `);
    transaction(db, () => {
      const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
      if (version > options.version)
        throw new Error(
          `it was written by a newer Afterclick (format ${version}; this one knows ${options.version})`,
        );
      if (version < 0)
        throw new Error(`its format is ${version}: it is no file of Afterclick, or its head is damaged`);
      if (version === options.version) return;
      if (version === 0) db.exec(options.schema);
      else for (let from = version; from < options.version; from++) db.exec(options.upgrades?.[from] ?? "");
      db.exec(`PRAGMA user_version = ${options.version}`);
    });
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The file that is open, and its log. Of a log that was removed everything is folded into the file, and the
 *  connection is closed: a fresh one begins another log.
 *  @returns `demand` throws where the file itself was removed or replaced */
export function ownFile(
  db: DatabaseSync,
  file: string,
  { giveUp = endThread }: Connection = {},
): { demand(): void } {
  const own = fileId(file);
  const log = `${realpathSync(file)}-wal`;
  let ownLog = fileId(log);
  return {
    demand() {
      demandOwn(file, own);
      const found = fileId(log);
      ownLog ??= found;
      if (found === ownLog) return;
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      const gone = new Error(`${goneFrom(log).split(";")[0]}; what was in it is in the file itself`);
      giveUp(gone);
      throw gone;
    },
  };
}

/** All of `work` or nothing. Gives up where not even the way back works. */
export function transaction<Result>(
  db: DatabaseSync,
  work: () => Result,
  { giveUp = endThread }: Connection = {},
): Result {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite has often rolled back by itself (disk full, I/O errors): a second ROLLBACK would hide the cause.
    try {
      if (db.isTransaction) db.exec("ROLLBACK");
    } catch (stuck) {
      giveUp(stuck);
    }
    throw error;
  }
}

/** Whether a warehouse's process is in the middle of a write, told by its files alone. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";

/** What is written: rows into the log, or the log into the file. */
export type Write = "an append" | "a checkpoint";

/** The warehouse folds its log into the file from here on; see walBytesMax of infra/local. */
const walBytesMax = 64 * 1024 * 1024;

/** To be asked again and again. @returns whether it is in the middle of that write now */
export function watchWrite(directory: string, write: Write): () => boolean {
  const file = join(directory, warehouseFileName);
  return write === "an append" ? watchAppends(`${file}.wal`) : watchCheckpoints(file);
}

/** Whether the log ends with a part of a transaction. */
function watchAppends(log: string): () => boolean {
  let bytes = 0;
  let whole = 0;
  return () => {
    const now = bytesOf(log);
    if (now < bytes) whole = 0; // it was begun anew
    // Most looks come before there is anything new.
    if (now !== bytes) whole = now === 0 ? 0 : wholeBytes(log, whole);
    bytes = now;
    return whole < bytes;
  };
}

/** Whether the file is being written to, and its header does not know of it yet: nothing but a checkpoint
 *  writes into it while the log is long. */
function watchCheckpoints(file: string): () => boolean {
  const isLong = () => bytesOf(`${file}.wal`) > walBytesMax / 2;
  let before: { header: bigint; writtenAt: bigint } | undefined;
  let isNew = true;
  return () => {
    const { mtimeNs: writtenAt } = statSync(file, { bigint: true });
    const header = headerOf(file);
    if (before !== undefined && before.header !== header) {
      before = undefined;
      isNew = false; // the end of that checkpoint may still be under way
    }
    isNew ||= !isLong();
    if (isNew && isLong()) before ??= { header, writtenAt };
    return before !== undefined && before.writtenAt !== writtenAt;
  };
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** DuckDB's file has two headers, written in turn as the last act of a checkpoint. @returns the
 *  count in the newer one */
function headerOf(file: string): bigint {
  return reading(file, (read) => {
    const [one, other] = [4_096, 8_192].map((at) => read(at, 16).readBigUInt64LE(8)) as [bigint, bigint];
    return one > other ? one : other;
  });
}

/** What DuckDB's log begins with: an entry that says its version, 2. */
const logBegin = "640062650002ffff";
/** What the entries begin with that end a transaction, and a checkpoint. */
const endings = ["640064", "640063"];

/** After its beginning, a log is entries of a length, a checksum and so many bytes.
 *  @param from where a transaction is known to end
 *  @returns the bytes of the log up to the end of its last whole transaction */
export function wholeBytes(log: string, from = 0): number {
  return reading(log, (read, bytes) => {
    const begin = read(0, logBegin.length / 2).toString("hex");
    if (!logBegin.startsWith(begin)) throw new Error(`DuckDB's log begins with ${begin}`);
    let whole = Math.min(bytes, Math.max(from, logBegin.length / 2));
    for (let at = whole; ;) {
      const head = read(at, 16 + endings[0]!.length / 2);
      if (head.length < 16) return whole;
      at += 16 + Number(head.readBigUInt64LE(0));
      if (at > bytes) return whole;
      if (endings.includes(head.subarray(16).toString("hex"))) whole = at;
    }
  });
}

function reading<Result>(
  file: string,
  work: (read: (at: number, length: number) => Buffer, bytes: number) => Result,
): Result {
  const handle = openSync(file, "r");
  try {
    const read = (at: number, length: number) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, at));
    };
    return work(read, fstatSync(handle).size);
  } finally {
    closeSync(handle);
  }
}

/** Ends the product while its warehouse certainly writes. The warehouse is a process of its own, which lives on for a moment
 *  when only its parent is killed, and may end what it writes. So it is stopped where it stands, its files are looked at,
 *  and it goes on where they are whole; in the middle of a write both are killed before either does anything more. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import { childrenOf, threadsOf } from "../../support/machine/processes.ts";
import type { Product } from "../../support/product.ts";
import { until } from "../../support/until.ts";

/** What is written: rows into the log, or the log into the file. */
export type Write = "an append" | "a checkpoint";

/** The warehouse folds its log into the file from here on; see walBytesMax of infra/local. */
const walBytesMax = 64 * 1024 * 1024;

/** Needs a load under which there is something to write.
 *  @returns once both have ended; its files are then what the write had come to */
export async function killInMidWrite(directory: string, product: Product, write: Write): Promise<void> {
  const [warehouse] = childrenOf(product.pid, "warehouse.worker");
  if (warehouse === undefined) throw new Error(`The warehouse has no process:\n${product.output()}`);
  const isInMid = write === "an append" ? await appending(directory) : await folding(directory);
  for (;;) {
    await soonest(isInMid);
    process.kill(warehouse, "SIGSTOP");
    await until("it stands still", () => threadsOf(warehouse).every((thread) => thread === "T"));
    if (isInMid()) break;
    process.kill(warehouse, "SIGCONT");
  }
  const code = await product.end("SIGKILL");
  process.kill(warehouse, "SIGKILL");
  await until("it has ended", () => threadsOf(warehouse).every((thread) => thread === "Z"));
  if (code !== null) throw new Error(`It ended by itself with ${code}:\n${product.output().slice(-4_000)}`);
  // A call of the system that was under way when it was stopped comes to its end all the same.
  if (!isInMid()) throw new Error(`${write} was complete when its process ended`);
}

/** As often as the load beside it lets: a write may be over within a millisecond. */
async function soonest(condition: () => boolean): Promise<void> {
  let isSo = false;
  await until("the warehouse writes", async () => {
    for (let looks = 0; looks < 100 && !(isSo = condition()); looks++)
      await new Promise((resolve) => setImmediate(resolve));
    return isSo;
  });
}

/** @returns whether the log ends with a part of a transaction */
async function appending(directory: string): Promise<() => boolean> {
  const file = join(directory, `${warehouseFileName}.wal`);
  await until("there is a log", () => bytesOf(file) > 0);
  return () => !endsWhole(file);
}

/** @returns whether the file is being written to, and its header does not know of it yet: nothing but a checkpoint writes
 *  into it while the log is long */
async function folding(directory: string): Promise<() => boolean> {
  const file = join(directory, warehouseFileName);
  const isLong = () => bytesOf(`${file}.wal`) > walBytesMax / 2;
  let before: { header: bigint; writtenAt: bigint } | undefined;
  let isNew = true;
  await until("the log is long", isLong);
  return () => {
    const header = headerOf(file);
    const { mtimeNs: writtenAt } = statSync(file, { bigint: true });
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

/** DuckDB's file has two headers, written in turn as the last act of a checkpoint. @returns the count in the newer one */
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

/** After its beginning, a log is entries of a length, a checksum and so many bytes. */
export function endsWhole(file: string): boolean {
  return reading(file, (read, bytes) => {
    const begin = read(0, logBegin.length / 2).toString("hex");
    if (!logBegin.startsWith(begin)) throw new Error(`DuckDB's log begins with ${begin}`);
    let at = logBegin.length / 2;
    let last = endings[0]!;
    while (at < bytes) {
      const head = read(at, 16 + last.length / 2);
      const end = head.length < 16 ? Infinity : at + 16 + Number(head.readBigUInt64LE(0));
      if (end > bytes) return false;
      last = head.subarray(16).toString("hex");
      at = end;
    }
    return endings.includes(last);
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

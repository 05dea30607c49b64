/** Every checkpoint leaves the rows that came since the last one as a row group of their own. Nothing merges
 *  them: DuckDB's own merging is off, since it rewrites neighbours whatever their size, and a table of
 *  several GB would cost many times what it is given. So a table that gets few rows a checkpoint would be
 *  read in crumbs. Its small groups at the end are written anew as one, once there are enough of them. What
 *  was folded is never folded again. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { besideFiles } from "../../folder/page.ts";

/** What a table has at its end that was not folded yet, in row groups that are in the file. */
interface Tail {
  rows: number;
  groups: number;
  bytes: number;
}

export interface Folding {
  /** Rows of ours were committed. @param table as it is named in SQL */
  grew(table: string, rows: number, bytes: number): void;
  /** The table was dropped. @param table as it is named in SQL */
  gone(table: string): void;
  /** A checkpoint has put into the file what grew. */
  checkpointed(): void;
  isDue(): boolean;
  /** Folds what is due. Not while anybody reads: what is folded would stay in the file beside its old shape.
   *  @throws what the disk, the memory or the instance failed with: the table is then left as it is */
  fold(writer: DuckDBConnection): Promise<void>;
}

export interface FoldSettings {
  readonly directory: string;
  /** So many small groups make one. */
  readonly foldGroupsMin: number;
}

/** Groups that hold as much together are large enough to stay; no fold writes more. */
const foldBytesMax = 8 * 1024 * 1024;
/** Between two checkpoints: the rest has its turn with the next. */
const foldsMax = 64;
export const foldsBytesMax = 16 * 1024 * 1024;

export function createFolding({ directory, foldGroupsMin }: FoldSettings): Folding {
  // Only a hint. Where it is lost or false, a few small groups stay as they are, or are folded twice.
  const file = join(directory, besideFiles.tails);
  const tails = readTails(file);
  const grown = new Map<string, { rows: number; bytes: number }>();
  const due = new Set<string>();

  function grew(table: string, rows: number, bytes: number): void {
    const since = grown.get(table) ?? { rows: 0, bytes: 0 };
    grown.set(table, { rows: since.rows + rows, bytes: since.bytes + bytes });
  }

  function gone(table: string): void {
    grown.delete(table);
    tails.delete(table);
    due.delete(table);
    writeTails(file, tails);
  }

  function checkpointed(): void {
    if (grown.size === 0) return;
    for (const [table, { rows, bytes }] of grown) {
      const before = tails.get(table) ?? { rows: 0, groups: 0, bytes: 0 };
      const tail = { rows: before.rows + rows, groups: before.groups + 1, bytes: before.bytes + bytes };
      tails.delete(table);
      due.delete(table);
      if (tail.bytes >= foldBytesMax) continue;
      tails.set(table, tail);
      if (tail.groups >= foldGroupsMin) due.add(table);
    }
    grown.clear();
    writeTails(file, tails);
  }

  async function fold(writer: DuckDBConnection): Promise<void> {
    let folds = 0;
    let bytes = 0;
    for (const table of due) {
      const tail = tails.get(table)!;
      if (folds > 0 && (folds === foldsMax || bytes + tail.bytes > foldsBytesMax)) break;
      folds += 1;
      bytes += tail.bytes;
      due.delete(table);
      tails.delete(table);
      await foldTail(writer, table, tail.rows);
    }
    writeTails(file, tails);
  }

  return { grew, gone, checkpointed, isDue: () => due.size > 0, fold };
}

/** In one transaction: whoever reads sees the rows once, before as after, and a kill
 *  leaves the one or the other. */
async function foldTail(writer: DuckDBConnection, table: string, rows: number): Promise<void> {
  const [[last] = []] = (await writer.runAndReadAll(`select max(rowid) from ${table}`)).getRows();
  if (typeof last !== "bigint") return;
  const first = last - BigInt(rows) + 1n;
  const tail = `${table} where rowid between ${first < 0n ? 0n : first} and ${last}`;
  try {
    // What the transaction itself adds has row ids far above.
    await writer.run(
      ["begin", `insert into ${table} select * from ${tail}`, `delete from ${tail}`, "commit"].join(";\n"),
    );
  } catch (error) {
    // The failure below is the one to tell; a transaction that is gone needs no rollback.
    await writer.run("rollback").catch(() => {});
    throw error;
  }
}

function readTails(file: string): Map<string, Tail> {
  try {
    const known = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Tail>);
    return new Map(known.filter(([, tail]) => isTail(tail)));
  } catch {
    return new Map();
  }
}

function isTail(tail: unknown): tail is Tail {
  const { rows, groups, bytes } = Object(tail) as Record<string, unknown>;
  return [rows, groups, bytes].every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
}

function writeTails(file: string, tails: ReadonlyMap<string, Tail>): void {
  try {
    writeFileSync(file, JSON.stringify(Object.fromEntries(tails)));
  } catch {
    // A disk without room for a hint: it is written after the next checkpoint.
  }
}

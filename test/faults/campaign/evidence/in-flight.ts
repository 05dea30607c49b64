/** What a kill leaves in the warehouse and in the queue as well: rows whose acks were not written yet. They
 *  come again, and nothing else does. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { sha256 } from "../bodies.ts";
import { readWaiting } from "./evidence.ts";
import type { Load } from "../load.ts";

/** Hits by table, in the order in which they were written. */
export type Written = Readonly<Record<string, readonly string[]>>;

export interface Kills {
  /** @param directory of a product that was just killed; it stays as it is */
  note(directory: string): Promise<InFlight>;
  /** The warehouse's file was moved away under a running product: what was on its way may be in it without an
   *  answer, and comes again once the file is back. */
  moved(directory: string): Promise<void>;
  /** How often each hit may come again: once for each kill that found it in both, or a file
   *  that was moved meanwhile. */
  readonly repeats: ReadonlyMap<string, number>;
  /** Sentences, empty where each kill met only what was written last. */
  readonly wrongs: readonly string[];
}

/** The figures of one kill. */
interface InFlight {
  readonly hits: number;
  /** The most of one table. */
  readonly ofTableMax: number;
}

const script = fileURLToPath(new URL("./in-flight-run.ts", import.meta.url));

/** @param isResent whether its sender sent a hit again: then what waits may be another
 *  message than that of its row
 *  @param read what a folder holds; its files unless told */
export function createKills({ isResent }: Pick<Load, "isResent">, read: Reads = files): Kills {
  const repeats = new Map<string, number>();
  const wrongs: string[] = [];
  /** Rows of a hit that were in flight before: it may wait for its next one still. */
  const known = new Map<string, number>();
  /** They wait for a while though their rows are there: others pass them. */
  const passed = new Set<string>();

  async function moved(directory: string): Promise<void> {
    for (const hitId of (await read.waiting(directory)).keys()) {
      passed.add(hitId);
      repeats.set(hitId, (repeats.get(hitId) ?? 0) + 1);
    }
  }

  async function note(directory: string): Promise<InFlight> {
    const [waiting, written] = await Promise.all([read.waiting(directory), read.written(directory)]);
    const resent = new Set<string>();
    for (const [hitId, body] of waiting) if (isResent({ hitId, sha256: sha256(body) })) resent.add(hitId);
    let hits = 0;
    let ofTableMax = 0;
    for (const [table, rows] of Object.entries(written)) {
      const copies = new Map<string, number>();
      for (const hitId of rows) copies.set(hitId, (copies.get(hitId) ?? 0) + 1);
      const isInFlight = (hitId: string) =>
        waiting.has(hitId) &&
        !resent.has(hitId) &&
        copies.get(hitId)! > (known.get(`${table} ${hitId}`) ?? 0);
      const inFlight = [...copies.keys()].filter(isInFlight);
      // Of a hit that is there twice, the newer row.
      const at = new Map(rows.map((hitId, index) => [hitId, index]));
      const first = inFlight.filter((hitId) => !passed.has(hitId)).map((hitId) => at.get(hitId)!);
      const from = Math.min(rows.length, ...first);
      const acked = rows.slice(from).filter((hitId) => !waiting.has(hitId));
      if (acked.length > 0)
        wrongs.push(`${table}: ${acked.length} rows were acked, and ${rows[from]} before them was not`);
      for (const hitId of inFlight) {
        known.set(`${table} ${hitId}`, copies.get(hitId)!);
        repeats.set(hitId, (repeats.get(hitId) ?? 0) + 1);
      }
      hits += inFlight.length;
      ofTableMax = Math.max(ofTableMax, inFlight.length);
    }
    return { hits, ofTableMax };
  }

  return { note, moved, repeats, wrongs };
}

interface Reads {
  waiting(directory: string): Promise<ReadonlyMap<string, Uint8Array>>;
  written(directory: string): Promise<Written>;
}
const files: Reads = { waiting: readWaiting, written: readWritten };

/** In a process of its own: nothing of it may hold the file when the next product opens it. */
async function readWritten(directory: string): Promise<Written> {
  const file = join(directory, warehouseFileName);
  const { stdout } = await promisify(execFile)(process.execPath, [script, file], { maxBuffer: 2 ** 30 });
  return JSON.parse(stdout) as Written;
}

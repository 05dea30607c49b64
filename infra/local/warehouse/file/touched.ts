/** A table holds memory for every column from its first row after a checkpoint to the next one, and
 *  only a checkpoint gives it back. A checkpoint costs the more the more tables there are: with a
 *  thousand tables it takes seconds, so that many tables are given memory of their own before one is
 *  asked for. A few never need it. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { warehouseDown } from "../../../../functions/problems.ts";

export interface TouchedSettings {
  /** DuckDB's own limit in MB while few tables were written; the process needs about
   *  twice as much at worst. */
  readonly memoryMegabytesMax: number;
  /** What tables may hold together in MB before a checkpoint is due. Past half of `memoryMegabytesMax` the
   *  limit grows with them. */
  readonly tablesMegabytesMax: number;
}

export interface Touched {
  /** Tells that rows go into a table of so many columns. @throws warehouse_down where too many tables hold
   *  memory that only a checkpoint would give back, and the disk has no room for one */
  touch(table: string, columns: number): void;
  /** Lets DuckDB use what the tables hold now; after a checkpoint that is less. */
  fit(writer: DuckDBConnection): Promise<void>;
  /** Whether they hold so much that a checkpoint is due. */
  isDue(): boolean;
  /** Nothing is held any more. */
  clear(): void;
  /** A new instance has the first limit again. */
  opened(): void;
}

/** Two blocks, and something. Measured with 1,000 tables of ten columns. */
const columnBytes = 43_000;
/** A change of the limit is a statement: it is made in steps. */
const stepBytes = 64_000_000;

export function createTouched(settings: TouchedSettings): Touched {
  const ownBytes = settings.memoryMegabytesMax * 1_000_000;
  const dueBytes = settings.tablesMegabytesMax * 1_000_000;
  const tables = new Set<string>();
  let bytes = 0;
  let limitBytes = ownBytes;

  function wanted(): number {
    const past = bytes - ownBytes / 2;
    return past <= 0 ? ownBytes : ownBytes + Math.ceil(past / stepBytes) * stepBytes;
  }

  return {
    touch(table, columns) {
      if (bytes > 1.5 * dueBytes)
        throw warehouseDown({ why: "the disk has no room to write down what is in memory" });
      if (tables.has(table)) return;
      tables.add(table);
      bytes += columns * columnBytes;
    },
    async fit(writer) {
      const next = wanted();
      if (next === limitBytes) return;
      const isMore = next > limitBytes;
      try {
        await writer.run(`set memory_limit = '${next / 1_000_000}MB'`);
        limitBytes = next;
      } catch (error) {
        // What a query holds just now cannot be taken from it: the next checkpoint asks again.
        if (isMore) throw error;
      }
    },
    isDue: () => bytes >= dueBytes,
    clear() {
      tables.clear();
      bytes = 0;
    },
    opened() {
      limitBytes = ownBytes;
    },
  };
}

/** A result that is read piece by piece. DuckDB tells its reader of an end also where the statement failed
 *  half-way, and keeps the error to itself: rows would be missing, and nobody would know. But a failure
 *  aborts the transaction, which the next statement in it meets. */
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult, DuckDBType } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { messageOf } from "./sql.ts";

/** A transaction for what is read piece by piece. */
export async function readOnly<Result>(
  connection: DuckDBConnection,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    await connection.run(beginning);
    return await work();
  } finally {
    // It wrote nothing; an instance that is gone needs no rollback.
    await connection.run("rollback").catch(() => {});
  }
}

const beginning = "begin transaction read only";

/** A statement within such a transaction. */
export interface Streamed {
  readonly connection: DuckDBConnection;
  readonly result: DuckDBResult;
  /** Reads the whole statement once more, and gives one row: its error is told then. */
  readonly again: () => Promise<unknown>;
}

export type CellsOf<T> = (vector: duckdb.Vector, type: DuckDBType, count: number) => (index: number) => T;

/** What a result consists of; a row becomes values of JavaScript when it is asked for, before the next chunk.
 *  @throws after the last chunk, what the statement failed with */
export async function* chunksOf<T>(
  streamed: Streamed,
  cellsOf: CellsOf<T>,
): AsyncGenerator<{ chunk: DuckDBDataChunk; count: number; row: (index: number) => T[] }> {
  const { result } = streamed;
  const types = result.columnTypes();
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const count = chunk.rowCount;
    const cells = types.map((type, column) =>
      cellsOf(duckdb.data_chunk_get_vector(chunk.chunk, column), type, count),
    );
    yield { chunk, count, row: (index) => cells.map((cell) => cell(index)) };
  }
  await demandWhole(streamed);
}

async function demandWhole({ connection, again }: Streamed): Promise<void> {
  try {
    await connection.run("select 1");
    return;
  } catch (error) {
    if (!aborted.test(messageOf(error))) throw error;
  }
  await connection.run("rollback");
  await connection.run(beginning);
  await again();
  throw new Error("The statement failed before its end, and did not when it was run once more; ask again.");
}

const aborted = /^TransactionContext Error: Current transaction is aborted/;

/** A statement that computes every value of another one, and keeps none.
 *  @param from where its rows come from, as it stands behind FROM */
export function digestSql(from: string, columnCount: number): string {
  const places = Array.from({ length: columnCount }, (_, index) => `c${index}`).join(", ");
  return `select bit_xor(hash(${places})) from ${from} as t(${places})`;
}

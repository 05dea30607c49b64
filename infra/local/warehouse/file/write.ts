import type { DuckDBConnection } from "@duckdb/node-api";
import { statementRefused, warehouseDown } from "../../../../functions/problems.ts";
import { isOutOfMemory, isRefused } from "../statements/hopeless.ts";
import { oneLine } from "../sql.ts";

const lookMs = 50;

/** Statements of ours in one transaction on a connection of their own: hits go on arriving beside them. What
 *  is committed is told by `commit`, which has its turn among the appends.
 *  @throws warehouse_down, also where the deadline passes; statement_refused: nothing was written then */
export async function writeTogether(
  connection: DuckDBConnection,
  { statements, deadlineMs }: { statements: readonly string[]; deadlineMs: number },
  commit: (changed: number) => Promise<void>,
): Promise<void> {
  const until = performance.now() + deadlineMs;
  let isLate = false;
  // Again and again: an interrupt between two statements is lost.
  const timer = setInterval(() => {
    isLate = performance.now() >= until;
    if (isLate) connection.interrupt();
  }, lookMs);
  await connection.run("begin");
  try {
    let changed = 0;
    for (const statement of statements) changed += (await connection.run(statement)).rowsChanged;
    clearInterval(timer);
    await commit(changed);
  } catch (error) {
    clearInterval(timer);
    // The failure is the one to tell; a transaction that is gone needs no rollback.
    await connection.run("rollback").catch(() => {});
    if (isLate) throw warehouseDown({ why: `not done after ${deadlineMs / 1000} s` }, error);
    if (isOutOfMemory(error))
      throw statementRefused({ why: "its memory does not hold what it reads", mayPass: true }, error);
    if (isRefused(error)) throw statementRefused({ why: oneLine(error) }, error);
    throw warehouseDown({ why: oneLine(error) }, error);
  }
}

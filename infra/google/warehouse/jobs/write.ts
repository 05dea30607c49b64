import { isProblem, Problem } from "../../../../functions/problem.ts";
import { queryRefused, statementRefused, warehouseDown } from "../../../../functions/problems.ts";
import type { TableRef } from "../../../../functions/table.ts";
import type { WriteOptions } from "../../../../functions/warehouse.ts";
import { jobIdOf, type NamedJobs } from "./named-jobs.ts";
import type { Jobs } from "../query.ts";
import { isStatementAtFault, oneLine } from "../rest-problems.ts";

interface WritePorts {
  readonly jobs: Jobs;
  readonly named: NamedJobs;
  readonly locationOf: (table: TableRef) => Promise<string>;
}

/** Statements of ours as one job: a statement is all or nothing by itself, several are in a transaction.
 *  Source: https://cloud.google.com/bigquery/docs/transactions
 *  @throws warehouse_down, also where the deadline passes; statement_refused */
export async function write(
  { jobs, named, locationOf }: WritePorts,
  statements: readonly string[],
  { deadlineMs, once }: WriteOptions,
): Promise<void> {
  if (statements.length === 0) return;
  const sql =
    statements.length === 1
      ? statements[0]!
      : ["BEGIN TRANSACTION", ...statements, "COMMIT TRANSACTION;"].join(";\n");
  try {
    if (once === undefined)
      await jobs.run(sql, { rowsMax: 1, bytesMax: 0, reading: async () => undefined, deadlineMs });
    else
      await named.run(
        jobIdOf("write", once.id),
        { labels: { afterclick: "true" }, query: { query: sql, useLegacySql: false } },
        { location: await locationOf(once.table), deadlineMs },
      );
  } catch (error) {
    if (isProblem(error, queryRefused))
      throw warehouseDown({ why: `not done after ${deadlineMs / 1_000} s` }, error);
    if (error instanceof Problem) throw error;
    const why = error instanceof Error ? oneLine(error.message) : String(error);
    throw isStatementAtFault(error) ? statementRefused({ why }, error) : warehouseDown({ why }, error);
  }
}

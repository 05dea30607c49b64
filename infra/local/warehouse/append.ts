import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { Problem } from "../../../functions/problem.ts";
import { rowsRefused, schemaDiffers, warehouseDown } from "../../../functions/problems.ts";
import { datasetName, tableName, type TableRef } from "../../../functions/table.ts";
import type { AppendCall } from "./rows/appends.ts";
import { isOurs, type Catalogue } from "./tables.ts";
import { type Database } from "./file/duckdb.ts";
import { isHopeless } from "./statements/hopeless.ts";
import { catalog, messageOf, oneLine, sqlName } from "./sql.ts";
import { readRows, type LoadCall } from "./rows/loads.ts";
import { sliceRows } from "./rows/packed.ts";
import { appendRows, planRows, refusedRows, type Plan } from "./rows/rows.ts";
import type { Failure } from "./warehouse.ts";

/** Tries to find the rows at fault where only DuckDB knows them. */
const triesMax = 64;

interface Ready extends AppendCall {
  readonly plan: Plan;
  readonly index: number;
}

export function createAppend(
  database: Pick<Database, "distrust" | "touch" | "fit" | "grew">,
  get: Catalogue["get"],
) {
  /** Writes every call or says why not, one answer a call. All go into one transaction: a flush to disk
   *  costs the same for one table as for a thousand. Where that fails each call is tried alone, so that
   *  a sick table fails alone.
   *  @throws what the disk, the memory or the instance failed with, which meets every call alike */
  async function append(
    writer: DuckDBConnection,
    calls: readonly AppendCall[],
  ): Promise<(Failure | undefined)[]> {
    const answers = calls.map((): Failure | undefined => undefined);
    const ready: Ready[] = [];
    for (const [index, call] of calls.entries()) {
      try {
        const plan = planned(call);
        const wrong = refusedRows(plan, call.rows);
        if (wrong.length > 0) throw rowsRefused({ rows: wrong });
        ready.push({ ...call, plan, index });
      } catch (error) {
        answers[index] = failure(error);
      }
    }
    if (ready.length === 0) return answers;
    await database.fit(writer);
    try {
      await transaction(writer, ready, "commit");
      for (const { table, rows } of ready) grew(table, rows);
      return answers;
    } catch (error) {
      giveUpOn(error);
    }
    for (const call of ready) {
      try {
        await transaction(writer, [call], "commit");
        grew(call.table, call.rows);
      } catch (error) {
        giveUpOn(error);
        answers[call.index] = failure(await blame(writer, call, error));
      }
    }
    return answers;
  }

  /** The rows of a file, all of them or none.
   *  @returns false where DuckDB refused some of them
   *  @throws schema_differs, table_missing, dataset_missing; what the disk, the memory or the instance failed
   *  with */
  async function load(writer: DuckDBConnection, call: LoadCall): Promise<boolean> {
    planned(call);
    await database.fit(writer);
    try {
      if (!(await readRows(writer, call))) return false;
    } catch (error) {
      giveUpOn(error);
      throw error;
    }
    grew(call.table, call);
    return true;
  }

  /** @throws schema_differs, table_missing, dataset_missing */
  function planned({ table, columns }: Pick<AppendCall, "table" | "columns">): Plan {
    const entry = get(table);
    if (entry.kind === "view")
      throw schemaDiffers({
        table: tableName(table),
        differences: "it is a view",
      });
    const plan = planRows(entry.columns, columns);
    database.touch(tableName(table), entry.columns.length);
    if (typeof plan === "string") throw schemaDiffers({ table: tableName(table), differences: plan });
    return plan;
  }

  /** Other people's tables are left as they are: they may have keys, generated columns,
   *  or columns called rowid. */
  function grew(table: TableRef, { count, bytes }: { count: number; bytes: number }): void {
    if (isOurs(get(table))) database.grew(sqlName(table), count, bytes);
  }

  /** What the instance had committed is in the file and the log: it is opened again. */
  function giveUpOn(error: unknown): void {
    if (!isHopeless(error)) return;
    database.distrust();
    throw error;
  }

  return { append, load };
}

/** The rows of a call that DuckDB alone refuses (a CHECK or a key that somebody put on
 *  the table), by halving. */
async function blame(writer: DuckDBConnection, call: Ready, error: unknown): Promise<unknown> {
  if (!/constraint|violates/i.test(messageOf(error))) return error;
  const why = oneLine(error);
  const rows: { index: number; why: string }[] = [];
  const parts = [{ from: 0, to: call.rows.count }];
  let tries = 0;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { from, to } = part;
    tries += 1;
    // Past the tries a whole part is blamed: to refuse a good row with its neighbour beats trying for ever.
    const isOver = tries > triesMax;
    if (
      !isOver &&
      (await wouldCommit(writer, {
        ...call,
        rows: sliceRows(call.rows, from, to),
      }))
    )
      continue;
    if (isOver || to - from === 1) {
      for (let index = from; index < to; index += 1) rows.push({ index, why });
    } else {
      const middle = (from + to) >> 1;
      parts.push({ from: middle, to }, { from, to: middle });
    }
  }
  // Rows that clash only with each other pass in halves: the last one is then blamed.
  if (rows.length === 0) rows.push({ index: call.rows.count - 1, why });
  return rowsRefused({ rows }, error);
}

function wouldCommit(writer: DuckDBConnection, call: Ready): Promise<boolean> {
  return transaction(writer, [call], "rollback").then(
    () => true,
    () => false,
  );
}

/** Every call or none. */
async function transaction(
  writer: DuckDBConnection,
  calls: readonly Ready[],
  end: "commit" | "rollback",
): Promise<void> {
  await writer.run("begin");
  const appenders = new Map<string, DuckDBAppender>();
  try {
    for (const { table, plan, rows } of calls) {
      const name = sqlName(table);
      const appender = appenders.get(name) ?? (await createAppender(writer, table));
      appenders.set(name, appender);
      appendRows(appender, plan, rows);
    }
    for (const appender of appenders.values()) appender.flushSync();
    for (const appender of appenders.values()) appender.closeSync();
    appenders.clear();
    await writer.run(end);
  } catch (error) {
    // An appender keeps the rows of a failed flush and writes them when it is closed:
    // they are thrown away first.
    for (const appender of appenders.values()) discard(appender);
    // The failure below is the one to tell; a transaction that is gone needs no rollback.
    await writer.run("rollback").catch(() => {});
    throw error;
  }
}

function createAppender(writer: DuckDBConnection, table: TableRef): Promise<DuckDBAppender> {
  return writer.createAppender(table.table, datasetName(table), catalog);
}

function discard(appender: DuckDBAppender): void {
  try {
    appender.clear();
    appender.closeSync();
  } catch {
    // It is closed already, or refuses because its transaction has failed: either way it writes nothing.
  }
}

function failure(error: unknown): Failure {
  const problem = error instanceof Problem ? error : warehouseDown({ why: oneLine(error) });
  return { code: problem.code, facts: problem.facts, message: problem.message };
}

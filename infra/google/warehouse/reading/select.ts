import type { Allowance } from "../../../../functions/allowance.ts";
import { isProblem } from "../../../../functions/problem.ts";
import {
  answerTooLarge,
  daySpent,
  oneSelect,
  queryRefused,
  schemaDiffers,
  statementTooDear,
  tableMissing,
  warehouseDown,
} from "../../../../functions/problems.ts";
import { checkStatement } from "../../../../functions/statement.ts";
import { tableName, type TableRef } from "../../../../functions/table.ts";
import type {
  QueryOptions,
  QueryResult,
  Selection,
  SomeRows,
  TableDescription,
  UnionOptions,
  UnionRows,
  UnionSelection,
  Value,
} from "../../../../functions/warehouse.ts";
import { isNotFound, isRefused, restFault } from "../rest-problems.ts";
import { type DryRun, queryFault, refusedQuery, type Jobs, type Result } from "../query.ts";
import { openReach } from "../reach.ts";
import type { AnswerMemory } from "../answer-memory.ts";
import { toJson, toValues, typeOf } from "../values.ts";
import { ofUnion, selectSql, type Statement, unionSql } from "./statements.ts";

/** What the product and what people read. */
export interface Reading {
  select(selection: Selection): Promise<Record<string, Value>[]>;
  selectSome(selection: Selection): Promise<SomeRows>;
  selectUnion(selection: UnionSelection, options?: UnionOptions): Promise<UnionRows>;
  query(sql: string, options: QueryOptions): Promise<QueryResult>;
}

const selectDeadlineMs = 60_000;
/** Most bytes of one result of a person: it is in memory several times on its way out. See
 *  also answer-memory.ts. */
export const queryBytesMax = 16 * 1024 * 1024;
/** Most bytes of one select: the bodies that a replay takes at once (batchBytesMax of
 *  functions/letters/choose.ts) as base64, with what stands beside them. */
export const selectBytesMax = 48 * 1024 * 1024;

interface Ports {
  jobs: Jobs;
  describe(table: TableRef): Promise<TableDescription | undefined>;
  memory: AnswerMemory;
  project: string;
  /** Of dead letters. */
  productDataset: string;
  /** What one statement of a person may read; unbounded where left out. */
  bytesBilledMax?: number;
  /** What all of them may read in a day; unbounded where left out. */
  allowance?: Allowance;
}

export function openReading(ports: Ports): Reading {
  const { jobs, describe, memory, project, productDataset, bytesBilledMax, allowance } = ports;
  const bound = bytesBilledMax === undefined ? {} : { bytesBilledMax };
  const isBounded = bytesBilledMax !== undefined || allowance !== undefined;
  const reach = openReach({
    describe,
    dryRun: (sql) => jobs.dryRun(sql, { deadlineMs: selectDeadlineMs }),
    project,
    productDataset,
  });

  async function select(selection: Selection): Promise<Record<string, Value>[]> {
    const { rows, truncated } = await read(selection, false);
    // Part of what was asked for would pass for all of it.
    if (truncated) throw answerTooLarge({ why: `The rows have more than ${selectBytesMax} bytes together.` });
    return rows;
  }

  /** Before a statement of a person runs. @throws statement_too_dear, day_spent, warehouse_down where
   *  the sum cannot be kept */
  async function afford({ bytes }: DryRun): Promise<void> {
    if (bytesBilledMax !== undefined && bytes > bytesBilledMax)
      throw statementTooDear({ bytes, bytesMax: bytesBilledMax });
    if (allowance === undefined || bytes === 0) return;
    const { taken, sum, bytesMax } = await allowance.take(bytes).catch((error: unknown) => {
      throw warehouseDown({ why: "what the queries of this day read could not be summed up" }, error);
    });
    if (!taken) throw daySpent({ bytes, sum, bytesMax });
  }

  /** @param isPersons a person asked, and what it costs is bounded; otherwise the product itself */
  async function read(selection: Selection, isPersons: boolean): Promise<SomeRows> {
    const { from } = selection;
    // A parameter has a type, and a DATE is not compared with a STRING.
    const table = await describe(from);
    if (table === undefined) throw tableMissing({ table: tableName(from) });
    const missing = missingColumn(selection, table);
    if (missing !== undefined)
      throw schemaDiffers({
        table: tableName(from),
        differences: `the column ${missing} is missing`,
      });
    const { rows, fields, truncated } = await run(selectSql(selection, table, project), {
      from,
      limit: selection.limit,
      isPersons,
    });
    return { rows: rows.map((row) => toValues(row, fields)), truncated };
  }

  /** A statement of ours. @param options.from the table that its failures name */
  async function run(
    { sql, parameters }: Statement,
    { from, limit, isPersons, signal }: UnionOptions & { from: TableRef; limit: number },
  ): Promise<Result> {
    try {
      if (isPersons === true && isBounded)
        await afford(await jobs.dryRun(sql, { deadlineMs: selectDeadlineMs, parameters }));
      return await jobs.run(sql, {
        ...(isPersons && bound),
        ...(signal !== undefined && { signal }),
        rowsMax: limit,
        bytesMax: selectBytesMax,
        reading: memory.read,
        deadlineMs: selectDeadlineMs,
        parameters,
      });
    } catch (error) {
      if (isNotFound(error)) throw tableMissing({ table: tableName(from) }, error);
      // E.g. a column of another type: a person's to fix, and no outage.
      if (isRefused(error)) throw refusedQuery(error);
      // The time of a select is ours: that it was over is no answer, and nobody's mistake.
      if (isProblem(error, queryRefused) && signal?.aborted !== true)
        throw warehouseDown({ why: `no answer after ${selectDeadlineMs / 1_000} s` }, error);
      throw restFault(error, from);
    }
  }

  async function union(selection: UnionSelection, options: UnionOptions = {}): Promise<UnionRows> {
    const { from, limit } = selection;
    const { rows, fields, truncated } = await run(unionSql(selection, project), {
      ...options,
      from: from[0]!.table,
      limit,
    });
    return { rows: rows.map((row) => ofUnion(toValues(row, fields))), truncated };
  }

  async function query(sql: string, { rowsMax, deadlineMs, signal }: QueryOptions): Promise<QueryResult> {
    checkStatement(sql);
    const end = performance.now() + deadlineMs;
    try {
      const dry = await jobs.dryRun(sql, { deadlineMs });
      const type = dry.statementType;
      if (type !== "SELECT")
        throw queryRefused({
          why: `The statement is no SELECT${type === "" ? "" : ` but ${type}`}.`,
          advice: oneSelect,
        });
      await reach.check(sql, dry);
      await afford(dry);
      const { fields, rows, truncated } = await jobs.run(sql, {
        ...bound,
        rowsMax,
        bytesMax: queryBytesMax,
        reading: memory.read,
        deadlineMs: Math.max(1, end - performance.now()),
        ...(signal !== undefined && { signal }),
      });
      return {
        columns: fields.map((field) => ({
          name: field.name,
          type: typeOf(field),
        })),
        rows: rows.map(({ f = [] }) => fields.map((field, index) => toJson(f[index]?.v, field))),
        truncated,
      };
    } catch (error) {
      throw queryFault(error);
    }
  }

  return {
    select: (selection) => memory.enter(() => select(selection)),
    selectSome: (selection) => memory.enter(() => read(selection, true)),
    selectUnion: (selection, options) => memory.enter(() => union(selection, options)),
    query: (sql, options) => memory.enter(() => query(sql, options)),
  };
}

/** The first column of the selection that the table lacks. Where no columns are told, as the emulator does of
 *  a view, the query itself shows it. */
function missingColumn(
  { columns = [], measures = {}, where = [], holding, orderBy = [] }: Selection,
  table: TableDescription,
): string | undefined {
  if (table.columns.length === 0) return undefined;
  const known = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  const measured = Object.values(measures).flatMap((measure) => (measure.is === "count" ? [] : [measure]));
  const sought = holding?.columns ?? [];
  return [...columns, ...sought, ...[...measured, ...where, ...orderBy].map(({ column }) => column)].find(
    (name) => !known.has(name.toLowerCase()),
  );
}

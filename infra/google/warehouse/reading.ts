import {
  isProblem,
  queryRefused,
  schemaDiffers,
  tableMissing,
  warehouseDown,
} from "../../../functions/problem.ts";
import { checkStatement } from "../../../functions/statement.ts";
import { tableName, type TableRef } from "../../../functions/table.ts";
import type {
  QueryOptions,
  QueryResult,
  Selection,
  SomeRows,
  TableDescription,
  Value,
} from "../../../functions/warehouse.ts";
import { isNotFound, isRefused, restFault } from "./faults.ts";
import { queryFault, refusedQuery, type Jobs, type Parameter } from "./jobs.ts";
import type { Room } from "./room.ts";
import { toJson, toValues, typeOf } from "./values.ts";
import { quoted, quotedTable } from "./views.ts";

/** What the product and what people read. */
export interface Reading {
  select(selection: Selection): Promise<Record<string, Value>[]>;
  selectSome(selection: Selection): Promise<SomeRows>;
  query(sql: string, options: QueryOptions): Promise<QueryResult>;
}

const selectDeadlineMs = 60_000;
/** Most bytes of one result of a person: it is in memory several times on its way out. See also room.ts. */
export const queryBytesMax = 16 * 1024 * 1024;
/** Most bytes of one select: the bodies that a replay takes at once (batchBytesMax of functions/letters/choose.ts) as
 *  base64, with what stands beside them. */
export const selectBytesMax = 48 * 1024 * 1024;

interface Ports {
  jobs: Jobs;
  describe(table: TableRef): Promise<TableDescription | undefined>;
  room: Room;
  project: string;
}

export function openReading({ jobs, describe, room, project }: Ports): Reading {
  async function select(selection: Selection): Promise<Record<string, Value>[]> {
    const { rows, truncated } = await selectSome(selection);
    // Part of what was asked for would pass for all of it.
    if (truncated)
      throw queryRefused({
        why: `The rows have more than ${selectBytesMax} bytes together.`,
        advice: "Ask for fewer at once.",
        isTooLarge: true,
      });
    return rows;
  }

  async function selectSome(selection: Selection): Promise<SomeRows> {
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
    const { sql, parameters } = selectSql(selection, table, project);
    try {
      const options = {
        rowsMax: selection.limit,
        bytesMax: selectBytesMax,
        reading: room.read,
        deadlineMs: selectDeadlineMs,
        parameters,
      };
      const { rows, fields, truncated } = await jobs.run(sql, options);
      return { rows: rows.map((row) => toValues(row, fields)), truncated };
    } catch (error) {
      if (isNotFound(error)) throw tableMissing({ table: tableName(from) }, error);
      // E.g. a column of another type: a person's to mend, and no outage.
      if (isRefused(error)) throw refusedQuery(error);
      // The time of a select is ours: that it was over is no answer, and nobody's mistake.
      if (isProblem(error, "query_refused"))
        throw warehouseDown({ why: `no answer after ${selectDeadlineMs / 1_000} s` }, error);
      throw restFault(error, from);
    }
  }

  async function query(sql: string, { rowsMax, deadlineMs, signal }: QueryOptions): Promise<QueryResult> {
    checkStatement(sql);
    const end = performance.now() + deadlineMs;
    try {
      const type = await jobs.statementType(sql, deadlineMs);
      if (type !== "SELECT")
        throw queryRefused({
          why: `The statement is no SELECT${type === "" ? "" : ` but ${type}`}.`,
        });
      const { fields, rows, truncated } = await jobs.run(sql, {
        rowsMax,
        bytesMax: queryBytesMax,
        reading: room.read,
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
    select: (selection) => room.enter(() => select(selection)),
    selectSome: (selection) => room.enter(() => selectSome(selection)),
    query: (sql, options) => room.enter(() => query(sql, options)),
  };
}

/** The first column of the selection that the table lacks. Where no columns are told, as the emulator does of a view, the
 *  query itself shows it. */
function missingColumn(
  { columns = [], where = [], orderBy = [] }: Selection,
  table: TableDescription,
): string | undefined {
  if (table.columns.length === 0) return undefined;
  const known = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  return [...columns, ...[...where, ...orderBy].map(({ column }) => column)].find(
    (name) => !known.has(name.toLowerCase()),
  );
}

function selectSql(
  selection: Selection,
  table: TableDescription,
  project: string,
): { sql: string; parameters: Parameter[] } {
  const { from, columns, where = [], orderBy = [], limit, offset = 0 } = selection;
  const types = new Map(table.columns.map(({ name, type }) => [name.toLowerCase(), type]));
  const parameters: Parameter[] = [];
  const conditions = where.map(({ column, is, value }) => {
    const parameter = (one: string | number | boolean) => {
      const name = `p${parameters.length}`;
      const type = types.get(column.toLowerCase()) ?? typeOfValue(one);
      parameters.push({ name, type, value: String(one) });
      return `@${name}`;
    };
    return is === "in"
      ? `${quoted(column)} IN (${value.map(parameter).join(", ")})`
      : `${quoted(column)} ${is} ${parameter(value)}`;
  });
  const order = orderBy.map(({ column, descending }) => quoted(column) + (descending ? " DESC" : ""));
  const sql = [
    `SELECT ${columns === undefined ? "*" : columns.map(quoted).join(", ")} FROM ${quotedTable(from, project)}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(" AND ")}`] : []),
    ...(order.length > 0 ? [`ORDER BY ${order.join(", ")}`] : []),
    `LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`,
  ].join(" ");
  return { sql, parameters };
}

function typeOfValue(value: string | number | boolean): string {
  return typeof value === "number" ? "INT64" : typeof value === "boolean" ? "BOOL" : "STRING";
}

import { queryRefused, tableMissing } from "../../functions/problem.ts";
import { tableName, type TableRef } from "../../functions/table.ts";
import type {
  QueryResult,
  Selection,
  TableDescription,
  Value,
} from "../../functions/warehouse.ts";
import { isNotFound, restFault } from "./faults.ts";
import { queryFault, type Jobs, type Parameter } from "./jobs.ts";
import { toJson, toValues, typeOf } from "./values.ts";
import { quoted, quotedTable } from "./views.ts";

/** What the product and what people read. */
export interface Reading {
  select(selection: Selection): Promise<Record<string, Value>[]>;
  query(
    sql: string,
    options: { rowsMax: number; deadlineMs: number },
  ): Promise<QueryResult>;
}

const selectDeadlineMs = 60_000;
/** BigQuery takes so many characters of an unresolved query. Source: https://cloud.google.com/bigquery/quotas */
const sqlLengthMax = 1_000_000;

interface Ports {
  jobs: Jobs;
  describe(table: TableRef): Promise<TableDescription | undefined>;
  project: string;
}

export function openReading({ jobs, describe, project }: Ports): Reading {
  async function select(
    selection: Selection,
  ): Promise<Record<string, Value>[]> {
    const { from } = selection;
    // A parameter has a type, and a DATE is not compared with a STRING.
    const table = await describe(from);
    if (table === undefined) throw tableMissing({ table: tableName(from) });
    const { sql, parameters } = selectSql(selection, table, project);
    try {
      const options = {
        rowsMax: selection.limit,
        deadlineMs: selectDeadlineMs,
        parameters,
      };
      const { rows, fields } = await jobs.run(sql, options);
      return rows.map((row) => toValues(row, fields));
    } catch (error) {
      if (isNotFound(error))
        throw tableMissing({ table: tableName(from) }, error);
      throw restFault(error, from);
    }
  }

  async function query(
    sql: string,
    { rowsMax, deadlineMs }: { rowsMax: number; deadlineMs: number },
  ): Promise<QueryResult> {
    if (sql.trim() === "") throw queryRefused({ why: "The query is empty." });
    if (sql.length > sqlLengthMax) {
      throw queryRefused({
        why: `The query has ${sql.length} characters; at most ${sqlLengthMax} are taken.`,
      });
    }
    const end = performance.now() + deadlineMs;
    try {
      const type = await jobs.statementType(sql, deadlineMs);
      if (type !== "SELECT")
        throw queryRefused({
          why: `The statement is no SELECT${type === "" ? "" : ` but ${type}`}.`,
        });
      const { fields, rows, truncated } = await jobs.run(sql, {
        rowsMax,
        deadlineMs: Math.max(1, end - performance.now()),
      });
      return {
        columns: fields.map((field) => ({
          name: field.name,
          type: typeOf(field),
        })),
        rows: rows.map(({ f = [] }) =>
          fields.map((field, index) => toJson(f[index]?.v, field)),
        ),
        truncated,
      };
    } catch (error) {
      throw queryFault(error);
    }
  }

  return { select, query };
}

function selectSql(
  selection: Selection,
  table: TableDescription,
  project: string,
): { sql: string; parameters: Parameter[] } {
  const {
    from,
    columns,
    where = [],
    orderBy = [],
    limit,
    offset = 0,
  } = selection;
  const types = new Map(
    table.columns.map(({ name, type }) => [name.toLowerCase(), type]),
  );
  const parameters = where.map(({ column, value }, index) => ({
    name: `p${index}`,
    type: types.get(column.toLowerCase()) ?? typeOfValue(value),
    value: String(value),
  }));
  const conditions = where.map(
    ({ column, is }, index) => `${quoted(column)} ${is} @p${index}`,
  );
  const order = orderBy.map(
    ({ column, descending }) => quoted(column) + (descending ? " DESC" : ""),
  );
  const sql = [
    `SELECT ${columns === undefined ? "*" : columns.map(quoted).join(", ")} FROM ${quotedTable(from, project)}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(" AND ")}`] : []),
    ...(order.length > 0 ? [`ORDER BY ${order.join(", ")}`] : []),
    `LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`,
  ].join(" ");
  return { sql, parameters };
}

function typeOfValue(value: string | number | boolean): string {
  return typeof value === "number"
    ? "INT64"
    : typeof value === "boolean"
      ? "BOOL"
      : "STRING";
}

import { isDay } from "../calendar.ts";
import { requestRefused, tableMissing } from "../../problems.ts";
import { oldIdColumn } from "../../stream-ref.ts";
import { parseTable, tableName, type TableRef } from "../../table.ts";
import type { Condition, TableDescription, Value, Warehouse } from "../../warehouse.ts";

/** Rows of a table or a view, as the API, the command line and the panel show them. */

export interface RowsAsked {
  readonly limit: number;
  readonly order: "newest" | "oldest";
  /** Days of the column `date`, `YYYY-MM-DD`, both included: no other day is read. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** How many rows of the order are left out: a page further on. */
  readonly offset?: number | undefined;
  /** Unix ms: rows received later are left out, so that pages stay as they were while hits arrive. */
  readonly received_until?: number | undefined;
}

export interface RowsFound {
  readonly table: string;
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  /** Whether their size cut them. */
  readonly truncated: boolean;
}

interface RowsPorts {
  readonly warehouse: Pick<Warehouse, "describe" | "selectSome">;
  /** The dataset of a bare table name. */
  readonly defaultDataset: string;
}

/** @throws request_refused, table_missing, dataset_missing, table_forbidden, schema_differs, warehouse_down,
 *  query_refused, answer_too_large, statement_too_dear, day_spent */
export async function readRows(ports: RowsPorts, name: string, asked: RowsAsked): Promise<RowsFound> {
  const { table, description } = await findTable(ports, name);
  const shown = description.columns.filter((column) => column.name !== oldIdColumn);
  const columns = shown.map((column) => column.name);
  for (const name of ["since", "until"] as const) refuseNoDay(name, asked[name]);
  const lacks = (column: string, what: string) => {
    throw requestRefused({
      what: `${tableName(table)} has no column ${column} to ${what}; read it with a SELECT of your own instead`,
    });
  };
  if (!columns.includes("received_at")) lacks("received_at", "order by");
  if ((asked.since ?? asked.until) !== undefined && !columns.includes("date")) lacks("date", "name days by");
  const { rows, truncated } = await ports.warehouse.selectSome({
    from: table,
    columns,
    where: conditionsOf(asked),
    orderBy: ["received_at", ...(columns.includes("hit_id") ? ["hit_id"] : [])].map((column) => ({
      column,
      descending: asked.order === "newest",
    })),
    limit: asked.limit,
    ...(asked.offset !== undefined && asked.offset > 0 && { offset: asked.offset }),
  });
  return {
    table: tableName(table),
    columns,
    types: shown.map(({ type }) => type),
    rows: rows.map((row) => columns.map((column) => row[column] ?? null)),
    truncated,
  };
}

function refuseNoDay(name: string, text: string | undefined): void {
  if (text !== undefined && !isDay(text))
    throw requestRefused({
      what: `${name} is ${JSON.stringify(text.slice(0, 20))}; allowed is a day such as 2026-11-01`,
    });
}

/** @throws request_refused where the text is no table's name; table_missing, dataset_missing,
 *  table_forbidden, warehouse_down */
export async function findTable(
  {
    warehouse,
    defaultDataset,
  }: Pick<RowsPorts, "defaultDataset"> & {
    warehouse: Pick<Warehouse, "describe">;
  },
  name: string,
): Promise<{ table: TableRef; description: TableDescription }> {
  const table = tableNamed(name, defaultDataset);
  const description = await warehouse.describe(table);
  if (description === undefined) throw tableMissing({ table: tableName(table) });
  return { table, description };
}

/** @throws request_refused */
export function tableNamed(text: string, defaultDataset: string): TableRef {
  const table = parseTable(text, defaultDataset);
  if (table === undefined) {
    throw requestRefused({
      what: `${JSON.stringify(text.slice(0, 120))} is no table; allowed is table, dataset.table or project.dataset.table`,
    });
  }
  return table;
}

function conditionsOf({ since, until, received_until: last }: RowsAsked): Condition[] {
  return [
    ...(since === undefined ? [] : [{ column: "date", is: ">=", value: since } as const]),
    ...(until === undefined ? [] : [{ column: "date", is: "<=", value: until } as const]),
    ...(last === undefined ? [] : [{ column: "received_at", is: "<=", value: last } as const]),
  ];
}

import type { DuckDBConnection } from "@duckdb/node-api";
import { schemaDiffers } from "../../../../functions/problems.ts";
import { tableName, type TableRef } from "../../../../functions/table.ts";
import type { UnionRows, UnionSelection } from "../../../../functions/warehouse.ts";
import type { Columns } from "../rows/rows.ts";
import { conditionsSql, holdingSql, integer, ordersSql, rowsOf, type Parameters } from "./select.ts";
import { quoted, sqlName } from "../sql.ts";

/** The rows of many tables by one statement: to prepare one costs more than to look for a hit in a table.
 *  @param columnsOf of a table. @throws table_missing, dataset_missing
 *  @throws schema_differs where a table has not what the selection says */
export async function unionRows(
  connection: DuckDBConnection,
  columnsOf: (table: TableRef) => Columns,
  selection: UnionSelection,
): Promise<UnionRows> {
  const { columns, orderBy = [], limit } = selection;
  const values: Parameters = [];
  const orders = ordersSql(orderBy, (column) => selection.types[column]);
  const sql = [
    `select * from (${branches(selection, columnsOf, values).join(" union all ")})`,
    orders.length > 0 ? `order by ${orders.join(", ")}` : "",
    `limit ${integer(limit)}`,
  ].join(" ");
  const count = columns.length + 1;
  const { rows, truncated } = await rowsOf(connection, sql, { values, count }, limit);
  return {
    rows: rows.map(([from, ...cells]) => ({
      from: Number(from),
      row: Object.fromEntries(columns.map((name, index) => [name, cells[index]!])),
    })),
    truncated,
  };
}

/** A select for each table; they share their parameters. */
function branches(
  { from, columns, types, where = [], holding, eachMax }: UnionSelection,
  columnsOf: (table: TableRef) => Columns,
  values: Parameters,
): string[] {
  const typeOf = (column: string) => types[column];
  const conditions = conditionsSql(where, typeOf, values);
  const holds = (holding?.columns ?? [])
    // A parameter that no table needs is an error.
    .filter((column) => from.some(({ has }) => has.includes(column)))
    .map((column) => ({
      column,
      sql: holdingSql({ columns: [column], text: holding!.text }, typeOf, values),
    }));
  return from.map(({ table, has }, index) => {
    demandColumns(table, columnsOf(table), { has, types });
    const shown = columns.map((name) => (has.includes(name) ? quoted(name) : "null"));
    const held = holds.filter(({ column }) => has.includes(column)).map((hold) => hold.sql);
    const all = [...conditions, ...(holding === undefined ? [] : [`(${held.join(" or ") || "false"})`])];
    const cells = [index, ...shown].map(
      (cell, at) => `${cell} as ${quoted(at === 0 ? place : columns[at - 1]!)}`,
    );
    return [
      `(select ${cells.join(", ")} from ${sqlName(table)}`,
      all.length > 0 ? `where ${all.join(" and ")}` : "",
      eachMax === undefined ? ")" : `limit ${integer(eachMax)})`,
    ].join(" ");
  });
}

/** Beside the columns: of which table a row is. */
const place = "place in the union";

function demandColumns(
  table: TableRef,
  there: Columns,
  { has, types }: { has: readonly string[]; types: UnionSelection["types"] },
): void {
  const found = new Map(there.map(({ name, type }) => [name.toLowerCase(), type]));
  for (const name of has) {
    if (found.get(name.toLowerCase()) === types[name]) continue;
    const differences = `it has no column ${name} of the type ${types[name]}`;
    throw schemaDiffers({ table: tableName(table), differences });
  }
}

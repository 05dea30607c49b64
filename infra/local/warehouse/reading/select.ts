import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { inJson } from "../../../../functions/escaped.ts";
import { answerTooLarge, schemaDiffers } from "../../../../functions/problems.ts";
import { tableName } from "../../../../functions/table.ts";
import type { Condition, Measure, Selection, SomeRows } from "../../../../functions/warehouse.ts";
import { valueCells } from "../values.ts";
import { quoted, sqlName } from "../sql.ts";
import type { Columns } from "../rows/rows.ts";
import { type SizeAt, sizesOf } from "../sizes.ts";
import { type CellsOf, chunksOf, digestSql, readOnly, type Streamed } from "../streamed.ts";

/** Most bytes of one answer, of a select or a query: it is in memory several times on its way out. */
const answerBytesMax = 64 * 1024 * 1024;

/** All rows of a selection. @throws answer_too_large where they are too large for one answer */
export function whole({ rows, truncated }: SomeRows): SomeRows["rows"] {
  if (!truncated) return rows;
  throw answerTooLarge({ why: `The rows have more than ${answerBytesMax} bytes together.` });
}

/** The first rows of a selection, as many as one answer holds.
 *  @throws schema_differs where a column is not there */
export async function selectRows(
  connection: DuckDBConnection,
  columns: Columns,
  selection: Selection,
): Promise<SomeRows> {
  const typeOf = (name: string): string => {
    const found = columns.find((column) => column.name === name);
    if (found !== undefined) return found.type;
    throw schemaDiffers({
      table: tableName(selection.from),
      differences: `it has no column ${name}`,
    });
  };
  const { measures } = selection;
  const shown = selection.columns ?? (measures === undefined ? columns.map(({ name }) => name) : []);
  for (const name of shown) typeOf(name);
  const sums = Object.entries(measures ?? {}).map(([name, measure]) => {
    if (measure.is !== "count") typeOf(measure.column);
    return `${measureSql(measure)} as ${quoted(name)}`;
  });
  const names = [...shown, ...Object.keys(measures ?? {})];
  const values: Parameters = [];
  const where = conditionsSql(selection.where ?? [], typeOf, values);
  if (selection.holding !== undefined) where.push(holdingSql(selection.holding, typeOf, values));
  const orderBy = ordersSql(selection.orderBy ?? [], typeOf);
  const sql = [
    `select ${[...shown.map(quoted), ...sums].join(", ")} from ${sqlName(selection.from)}`,
    where.length > 0 ? `where ${where.join(" and ")}` : "",
    measures !== undefined && shown.length > 0 ? `group by ${shown.map(quoted).join(", ")}` : "",
    orderBy.length > 0 ? `order by ${orderBy.join(", ")}` : "",
    `limit ${integer(selection.limit)} offset ${integer(selection.offset ?? 0)}`,
  ].join(" ");
  const { rows, truncated } = await rowsOf(connection, sql, { values, count: names.length }, selection.limit);
  const named = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]!])));
  return { rows: named, truncated };
}

/** @param count of its columns */
export function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  { values, count }: { values: Parameters; count: number },
  limit: number,
) {
  return readOnly(connection, async () => {
    const result = await connection.stream(sql, values);
    const again = () => connection.run(digestSql(`(${sql})`, count), values);
    return takeRows({ connection, result, again }, limit, valueCells);
  });
}

/** Of a statement; a condition adds those that it needs. */
export type Parameters = (string | number | bigint | boolean)[];
type TypeOf = (column: string) => string | undefined;

export function conditionsSql(where: readonly Condition[], typeOf: TypeOf, values: Parameters): string[] {
  return where.map(({ column, is, value }) => {
    const isDate = typeOf(column) === "DATE";
    const parameter = (one: string | number | boolean) => {
      const place = `$${values.push(Number.isSafeInteger(one) ? BigInt(one) : one)}`;
      return isDate ? `cast(${place} as date)` : place;
    };
    return is === "in"
      ? `${quoted(column)} in (${value.map(parameter).join(", ")})`
      : `${quoted(column)} ${is} ${parameter(value)}`;
  });
}

export function holdingSql(
  { columns, text }: NonNullable<Selection["holding"]>,
  typeOf: TypeOf,
  values: Parameters,
): string {
  const holds = columns.map((column) => {
    const isJson = typeOf(column) === "JSON";
    const place = `$${values.push(isJson ? inJson(text) : text)}`;
    return `contains(cast(${quoted(column)} as varchar), ${place})`;
  });
  return `(${holds.join(" or ")})`;
}

export function ordersSql(orderBy: NonNullable<Selection["orderBy"]>, typeOf: TypeOf): string[] {
  return orderBy.map(({ column, descending }) => {
    typeOf(column);
    // NULLs as BigQuery orders them.
    return `${quoted(column)} ${descending === true ? "desc nulls last" : "asc nulls first"}`;
  });
}

function measureSql(measure: Measure): string {
  if (measure.is === "count") return "count(*)";
  const column = quoted(measure.column);
  if (measure.is === "distinct") return `count(distinct ${column})`;
  // A sum of integers is wider than they are.
  return measure.is === "sum" ? `cast(sum(${column}) as bigint)` : `max(${column})`;
}

export function integer(value: number): string {
  return String(Math.max(0, Math.trunc(value)));
}

/** The first rows of a result, within `rowsMax` and the bytes of an answer: only they
 *  become values of JavaScript.
 *  @throws query_refused where one row alone is too large */
export async function takeRows<T>(
  streamed: Streamed,
  rowsMax: number,
  cellsOf: CellsOf<T>,
): Promise<{ rows: T[][]; truncated: boolean }> {
  const types = streamed.result.columnTypes();
  const rows: T[][] = [];
  let bytes = 0;
  for await (const { chunk, count, row } of chunksOf(streamed, cellsOf)) {
    const sizeAt = rowSizes(chunk, types);
    for (let index = 0; index < count; index += 1) {
      bytes += sizeAt(index);
      if (bytes > answerBytesMax && rows.length === 0)
        throw answerTooLarge({
          why: `One row has more than ${answerBytesMax} bytes.`,
          advice: "Ask for less of it, or for its parts as rows (unnest).",
        });
      if (rows.length === rowsMax || bytes > answerBytesMax) return { rows, truncated: true };
      rows.push(row(index));
    }
  }
  return { rows, truncated: false };
}

function rowSizes(chunk: DuckDBDataChunk, types: readonly DuckDBType[]): SizeAt {
  const columns = types.map((type, column) =>
    sizesOf(duckdb.data_chunk_get_vector(chunk.chunk, column), type, chunk.rowCount, answerBytesMax),
  );
  return (index) => columns.reduce((bytes, size) => bytes + size(index), 0);
}

import type { DuckDBConnection } from "@duckdb/node-api";
import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TableRef } from "../../../../functions/table.ts";
import type { Column, ColumnType, Row, Value, Warehouse } from "../../../../functions/warehouse.ts";
import { literal, messageOf, quoted, sqlName } from "../sql.ts";
import { packRows, type PackedRows } from "./packed.ts";

/** Rows in bulk, by a file that DuckDB reads itself: it takes a third of the time that the same rows take as
 *  messages between the processes and as vectors, and leaves the process that reads them free meanwhile. */

export interface LoadCall {
  readonly table: TableRef;
  readonly columns: readonly Column[];
  /** CSV without a header: of the columns that are not the same in all rows. */
  readonly file: string;
  /** Of each column, where it is the same in all rows. */
  readonly same: readonly ({ readonly value: string | null } | undefined)[];
  readonly count: number;
  readonly bytes: number;
}

interface LoadPorts {
  /** Absolute; what lies in it is removed whenever the warehouse is opened. */
  readonly folder: string;
  /** @returns whether DuckDB took the rows: it refuses some, and nothing is written then */
  readonly load: (call: LoadCall) => Promise<boolean>;
  readonly append: Warehouse["append"];
}

export function openLoads({ folder, load, append }: LoadPorts): Warehouse["openLoad"] {
  return (table, columns, { deadlineMs }) => {
    async function byFile(rows: readonly Row[]): Promise<boolean> {
      const packed = packRows(rows, columns.length);
      const file = join(folder, `${randomUUID()}.csv`);
      try {
        await writeFile(file, linesOf(packed), { mode: 0o600 });
        const same = packed.columns.map((column) =>
          "same" in column ? { value: textOf(column.same) } : undefined,
        );
        return await load({ table, columns, file, same, count: packed.count, bytes: packed.bytes });
      } finally {
        await rm(file, { force: true });
      }
    }

    return {
      async add(rows) {
        if (rows.length === 0) return;
        const isTaken = !rows.some(hasUnwritable) && (await byFile(rows));
        // An append takes what a file cannot hold, and says which row is wrong.
        if (!isTaken) await append(table, columns, rows, { deadlineMs });
      },
      end: async () => undefined,
    };
  };
}

/** A text ends at a NUL for DuckDB's reader. */
function hasUnwritable(row: Row): boolean {
  return row.some((value) =>
    typeof value === "string" ? value.includes("\0") : value instanceof Uint8Array,
  );
}

function linesOf({ columns, count }: PackedRows): string {
  const varying = columns.flatMap((column) => ("values" in column ? [column.values] : []));
  // A line without a cell would be no row.
  if (varying.length === 0) return "1\n".repeat(count);
  let text = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < varying.length; column += 1)
      text += (column === 0 ? "" : ",") + cellOf(varying[column]![row]!);
    text += "\n";
  }
  return text;
}

/** Every text is quoted: what is not, and is empty, is NULL. */
function cellOf(value: Value): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  return value.includes('"') ? `"${value.replaceAll('"', '""')}"` : `"${value}"`;
}

function textOf(value: Value): string | null {
  return value === null ? null : String(value);
}

const types: Record<ColumnType, (text: string) => string> = {
  STRING: (text) => text,
  INT64: (text) => `CAST(${text} AS BIGINT)`,
  DATE: (text) => `CAST(${text} AS DATE)`,
  JSON: (text) => `CAST(${text} AS JSON)`,
  BYTES: (text) => `CAST(${text} AS BLOB)`,
  BOOL: (text) => `CAST(${text} AS BOOLEAN)`,
  // To read 38 digits takes DuckDB fifteen times as long as to read 18, which most numbers fit.
  NUMERIC: (text) => `COALESCE(TRY_CAST(${text} AS DECIMAL(18, 9)), CAST(${text} AS DECIMAL(38, 9)))`,
  "ARRAY<STRING>": (text) => `CAST(CAST(${text} AS JSON) AS VARCHAR[])`,
};

/** The longest cell, and room for what stands around it; DuckDB takes its buffer by it. */
const lineBytesMax = 2 * 1024 * 1024;

/** By what it says of rows that it does not take. What else goes wrong may be tried again. */
const isRefusal = (error: unknown) => /^(Conversion|Constraint|Invalid Input) Error/.test(messageOf(error));

/** The rows of a file into its table, all of them or none.
 *  @returns false where some of them cannot be rows of it
 *  @throws what the disk, the memory or the instance failed with */
export async function readRows(
  writer: DuckDBConnection,
  { table, columns, file, same }: LoadCall,
): Promise<boolean> {
  const varying = columns.filter((_, index) => same[index] === undefined).map(({ name }) => name);
  const cells = varying.map((_, index) => `'c${index}': 'VARCHAR'`);
  const values = columns.map(({ name, type }, index) => {
    const only = same[index];
    const text =
      only === undefined ? `c${varying.indexOf(name)}` : only.value === null ? "NULL" : literal(only.value);
    return types[type](text);
  });
  const options = [
    `columns = {${cells.length > 0 ? cells.join(", ") : "'one': 'VARCHAR'"}}`,
    "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"'",
    "nullstr = '', allow_quoted_nulls = false, parallel = false",
    `max_line_size = ${lineBytesMax}, buffer_size = ${2 * lineBytesMax}`,
  ];
  const sql =
    `INSERT INTO ${sqlName(table)} (${columns.map(({ name }) => quoted(name)).join(", ")}) ` +
    `SELECT ${values.join(", ")} FROM read_csv(${literal(file)}, ${options.join(", ")})`;
  try {
    await writer.run(sql);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

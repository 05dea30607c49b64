import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { TableDescription } from "../../../../functions/warehouse.ts";
import { literal, messageOf } from "../sql.ts";

/** Files of a folder as a table. Texts of CSV stay texts: an id is no number. */
export function filesSql(directory: string, pattern: string): string {
  const path = literal(join(directory, pattern));
  return /[.]parquet$/i.test(pattern)
    ? `read_parquet(${path}, union_by_name = true)`
    : `read_csv(${path}, header = true, all_varchar = true, union_by_name = true)`;
}

/** @returns undefined where there is no file of these */
export async function describeFiles(
  connection: DuckDBConnection,
  from: string,
): Promise<TableDescription["columns"] | undefined> {
  try {
    const reader = await connection.runAndReadAll(`describe select * from ${from}`);
    return reader
      .getRows()
      .map(([name, type]) => ({ name: String(name), type: String(type), required: false }));
  } catch (error) {
    if (/No files found/.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** `node in-flight-run.ts FILE` prints which hits a warehouse's file holds, as JSON; see in-flight.ts.
 *  Read-only: the log is read, not folded. */
import { DuckDBInstance } from "@duckdb/node-api";
import type { Written } from "./in-flight.ts";

const instance = await DuckDBInstance.create(process.argv[2]!, { access_mode: "READ_ONLY", threads: "1" });
const connection = await instance.connect();
const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();

const written: Record<string, string[]> = {};
for (const [schema, table] of await rowsOf(
  "select schema_name, table_name from duckdb_columns() where column_name in ('payload_bytes', 'reason') " +
    "and not internal and table_oid in (select table_oid from duckdb_tables()) order by all",
)) {
  const rows = await rowsOf(`select hit_id from "${String(schema)}"."${String(table)}" order by rowid`);
  written[`${String(schema)}.${String(table)}`] = rows.map(([hitId]) => String(hitId));
}
process.stdout.write(JSON.stringify(written satisfies Written));
connection.closeSync();
instance.closeSync();

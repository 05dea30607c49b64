import type { DuckDBConnection } from "@duckdb/node-api";
import { oneLine, quoted, warehouseFileName } from "../sql.ts";

/** Reads every value of every table: DuckDB compares the checksum of each block that it reads.
 *  @returns a sentence for each table that cannot be read */
export async function verifyTables(connection: DuckDBConnection): Promise<string[]> {
  const findings: string[] = [];
  const tables = await connection.runAndReadAll(
    "select schema_name, table_name from duckdb_tables() where not internal and not temporary order by all",
  );
  for (const [schema, table] of tables.getRows()) {
    const name = `${quoted(String(schema))}.${quoted(String(table))}`;
    try {
      await connection.run(`select count(*), bit_xor(hash(t)) from ${name} t`);
    } catch (error) {
      findings.push(
        `${warehouseFileName}: the table ${String(schema)}.${String(table)} cannot be read: ${oneLine(error)}`,
      );
    }
  }
  return findings;
}

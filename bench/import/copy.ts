/** `node bench/import/copy.ts FILE FORMAT`: DuckDB's own COPY of the file into a table of a file, unchecked,
 *  in a process of its own. Prints its cost as JSON. */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { inFolder } from "../../test/support/folder.ts";

const [, , path, format] = process.argv;

await inFolder(async (directory) => {
  const duckdb = await DuckDBInstance.create(join(directory, "copy.duckdb"));
  const connection = await duckdb.connect();
  const value = format === "csv" ? "VARCHAR" : "DECIMAL(18, 2)";
  await connection.run(
    `CREATE TABLE events ("date" DATE, ev VARCHAR, reference_ev VARCHAR, reference_id VARCHAR, value ${value})`,
  );
  const began = performance.now();
  const options = format === "csv" ? "(FORMAT csv, HEADER)" : "(FORMAT parquet)";
  await connection.run(`COPY events FROM '${path}' ${options}`);
  await connection.run("CHECKPOINT");
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`${JSON.stringify({ seconds })}\n`);
  connection.closeSync();
  duckdb.closeSync();
});

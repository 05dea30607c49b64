/** `npm run bench:import`: checks generated files of backend events and prints rows/s and memory, beside
 *  DuckDB reading the same files. `--rows N` makes others than 5,000,000. It counts the events: a fast run
 *  that lost one is a failure. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { inFolder } from "../../test/support/folder.ts";
import type { Cost } from "./check.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "5000000" } } });
const rows = Number(values.rows);
const script = fileURLToPath(new URL("check.ts", import.meta.url));

const events = `SELECT DATE '2026-11-20' - CAST(i % 30 AS INTEGER) AS "date", 'deal_' || (i % 7) AS ev,
  CASE WHEN i % 3 = 0 THEN 'lead_form,booking' ELSE 'lead_form' END AS reference_ev,
  'T' || (i * 7919) AS reference_id, CAST(i % 100000 AS DECIMAL(18, 2)) / 4 AS value FROM range(${rows}) t(i)`;

await inFolder(async (directory) => {
  const duckdb = await DuckDBInstance.create(":memory:");
  const connection = await duckdb.connect();
  for (const format of ["csv", "parquet"]) {
    const path = join(directory, `events.${format}`);
    await connection.run(`COPY (${events}) TO '${path}' (FORMAT ${format})`);
    const began = performance.now();
    await connection.run(`CREATE OR REPLACE TABLE read AS SELECT * FROM '${path}'`);
    const duckdbSeconds = (performance.now() - began) / 1000;
    const { status, stdout } = spawnSync(process.execPath, [script, path], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`The check of ${format} ended with ${status}.`);
    const cost = JSON.parse(stdout) as Cost;
    if (cost.events !== rows)
      throw new Error(`${format}: ${rows} rows were written, ${cost.events} events were read.`);
    const mebibytes = Math.round(statSync(path).size / 1024 / 1024);
    process.stdout.write(
      `${format}: ${rows} rows, ${mebibytes} MiB: ${cost.seconds.toFixed(1)} s (${cost.cpuSeconds.toFixed(1)} s of CPU), ` +
        `${Math.round(rows / cost.seconds)} rows/s, ${cost.residentMiB} MiB at most. DuckDB reads it, unchecked, in ${duckdbSeconds.toFixed(1)} s.\n`,
    );
  }
  connection.closeSync();
  duckdb.closeSync();
});

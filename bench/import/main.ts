/** `npm run bench:import`: a file of backend events from its upload to its end in the product on one
 *  machine (event ids, merge and bad rows included; links apart), and its check alone, beside DuckDB's own
 *  COPY of the same file and a pandas script with the same checks. `--rows N` makes others than 5,000,000,
 *  `--formats csv` one file alone, `--python FILE` names the Python that has pandas and pyarrow. It counts
 *  the events: a fast run that lost one is a failure. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { inFolder } from "../../test/support/folder.ts";
import { printer } from "../table.ts";
import { watchMemory, type Memory } from "./memory.ts";
import { importInProduct } from "./product.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "5000000" },
    formats: { type: "string", default: "csv,parquet" },
    python: { type: "string", default: ".tools/pandas/bin/python3" },
  },
});
const rows = Number(values.rows);
const scriptOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** One row in a hundred has no id. */
const rejected = Math.floor(rows / 100);
const events = `SELECT current_date - 1 - CAST(i % 30 AS INTEGER) AS "date", 'deal_' || (i % 7) AS ev,
  CASE WHEN i % 3 = 0 THEN 'lead_form,booking' ELSE 'lead_form' END AS reference_ev,
  CASE WHEN i % 100 = 99 THEN '' ELSE 'T' || (i * 7919) END AS reference_id,
  CAST(i % 100000 AS DECIMAL(18, 2)) / 4 AS value FROM range(${rows}) t(i)`;

async function write(path: string, format: string): Promise<void> {
  const duckdb = await DuckDBInstance.create(":memory:");
  const connection = await duckdb.connect();
  await connection.run(
    `COPY (SELECT * REPLACE (CAST(value AS DECIMAL(18, 2)) AS value) FROM (${events})) TO '${path}' (FORMAT ${format})`,
  );
  connection.closeSync();
  duckdb.closeSync();
}

interface Told {
  readonly seconds: number;
  readonly events?: number;
  readonly memory: Memory;
}

/** A process of its own that prints its cost. */
async function run(command: string, args: readonly string[]): Promise<Told> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const memory = watchMemory(child.pid!);
  const closed = once(child, "close");
  const said = await text(child.stdout);
  const peak = memory();
  const [code] = (await closed) as [number];
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}.`);
  return { ...(JSON.parse(said) as Omit<Told, "memory">), memory: peak };
}

const line = printer([28, 10, 12, 14, 14]);
function tell(what: string, seconds: number, { residentMiB, shareMiB }: Memory): void {
  line([what, seconds.toFixed(1), Math.round(rows / seconds), residentMiB, shareMiB]);
}

function demand(what: string, found: number | undefined, right: number): void {
  if (found !== right) throw new Error(`${what}: ${found} are there, ${right} would be right.`);
}

const load = () => loadavg()[0]!.toFixed(1);

await inFolder(async (directory) => {
  for (const format of values.formats.split(",")) {
    const path = join(directory, `events.${format}`);
    await write(path, format);
    console.log(
      `\n${format}: ${rows} rows, ${rejected} of them bad, ${Math.round(statSync(path).size / 1024 / 1024)} MiB; load ${load()}`,
    );
    line(["", "s", "rows/s", "RSS MiB", "PSS MiB"]);
    const cost = await importInProduct(path, `events.${format}`);
    demand("Events", cost.events, rows - rejected);
    demand("Bad rows", cost.rejected, rejected);
    tell("product, to its end", cost.seconds, cost.memory);
    tell("  its upload before", cost.uploadSeconds, cost.before);
    const check = await run(process.execPath, [scriptOf("check.ts"), path]);
    demand("Checked events", check.events, rows - rejected);
    tell("check alone", check.seconds, check.memory);
    const copy = await run(process.execPath, [scriptOf("copy.ts"), path, format]);
    tell("DuckDB's COPY, unchecked", copy.seconds, copy.memory);
    if (existsSync(values.python)) {
      const pandas = await run(values.python, [scriptOf("checks.py"), path]);
      demand("Events by pandas", pandas.events, rows - rejected);
      tell("pandas", pandas.seconds, pandas.memory);
    } else console.log(`left out: pandas, since there is no ${values.python}`);
    console.log(`load at the end ${load()}`);
  }
});

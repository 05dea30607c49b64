/** `node bench/restart.ts --gigabytes 5`: how long rows wait where the warehouse's process is killed: with a
 *  file of that size and a log that is nearly due to be folded into it. Counts that every acknowledged row is
 *  there. Beside the wait stands what the new process has worked until then: the wait alone goes with
 *  whatever else the machine does. */
import { DuckDBInstance } from "@duckdb/node-api";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rowColumns, rowSpec } from "../functions/hits/row.ts";
import type { Row } from "../functions/warehouse.ts";
import { openWarehouse } from "../infra/local/warehouse/warehouse.ts";
import { warehouseFileName } from "../infra/local/warehouse/sql.ts";

const { values } = parseArgs({ options: { gigabytes: { type: "string", default: "5" } } });
const rounds = 5;
const table = { dataset: "main", table: "hits" };
const directory = mkdtempSync(join(tmpdir(), "afterclick-bench-"));
const file = join(directory, warehouseFileName);
const open = () => openWarehouse({ directory, log: () => undefined });

/** Texts that do not compress, some 2 KB a row. */
async function fill(gigabytes: number): Promise<void> {
  await (await open()).close();
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run("create table filler (a varchar)");
  for (let size = 0; size < gigabytes * 1e9; size = statSync(file).size) {
    const text = Array.from({ length: 57 }, () => "uuid()::varchar").join(" || ");
    await connection.run(`insert into filler select ${text} from range(50000)`);
    await connection.run("checkpoint");
  }
  connection.closeSync();
  instance.closeSync();
}

function child(): number {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const line = lines.find(
    (one) => one.includes("warehouse.worker") && Number(one.trim().split(/\s+/)[1]) === process.pid,
  );
  return Number(line!.trim().split(/\s+/)[0]);
}

/** CPU of a process so far, in ms; on Linux. Its clock ticks 100 times a second. */
function worked(pid: number): string {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return "an unknown time";
  const fields = readFileSync(file, "utf8").split(") ")[1]!.split(" ");
  return `${10 * (Number(fields[11]) + Number(fields[12]))} ms`;
}

try {
  await fill(Number(values.gigabytes));
  const warehouse = await open();
  await warehouse.createTable(table, rowSpec);
  let written = 0;
  const add = async (text: string) => {
    const hit_id = `h${written}`;
    const row: Row = rowColumns.map(({ name, type }) => {
      if (name === "hit_id") return hit_id;
      if (name === "payload") return text;
      return type === "DATE" ? "2026-11-27" : type === "INT64" ? 1 : type === "BOOL" ? false : null;
    });
    await warehouse.append(table, rowColumns, [row], { deadlineMs: 60_000 });
    written += 1;
  };
  const logBytes = () => statSync(`${file}.wal`, { throwIfNoEntry: false })?.size ?? 0;
  for (let round = 1; round <= rounds; round++) {
    while (logBytes() < 50 * 1024 * 1024) await add("x".repeat(1_000_000));
    const megabytes = Math.round(logBytes() / 1e6);
    process.kill(child(), "SIGKILL");
    const from = performance.now();
    for (;;) {
      try {
        await add("after");
        break;
      } catch {
        // It comes again, as deliver has it.
      }
    }
    const ms = Math.round(performance.now() - from);
    const gigabytes = (statSync(file).size / 1e9).toFixed(1);
    const cpu = worked(child());
    console.log(`file ${gigabytes} GB, log ${megabytes} MB: rows wait ${ms} ms, the process works ${cpu}`);
  }
  const { rows } = await warehouse.query("select count(distinct hit_id)::int from hits", {
    rowsMax: 1,
    deadlineMs: 60_000,
  });
  if (Number(rows[0]![0]) < written)
    throw new Error(`${written} rows were written and ${String(rows[0]![0])} are there.`);
  await warehouse.close();
} finally {
  rmSync(directory, { recursive: true });
}

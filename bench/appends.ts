/** `node bench/appends.ts`: what a row costs on its way into the warehouse of one machine, CPU of this
 *  process and of the warehouse's together, by rows an append and by size of body.
 *  docs/decisions/warehouse-process.md has the figures. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rowColumns, rowSpec } from "../functions/hits/row.ts";
import type { Row } from "../functions/warehouse.ts";
import { openWarehouse } from "../infra/local/warehouse/warehouse.ts";
import { childrenUsage } from "./child.ts";
import { printer } from "./table.ts";

const cases = [
  { rows: 1, bytes: 300, appends: 600 },
  { rows: 20, bytes: 300, appends: 400 },
  { rows: 200, bytes: 300, appends: 200 },
  { rows: 2_000, bytes: 300, appends: 40 },
  { rows: 20, bytes: 100_000, appends: 40 },
  { rows: 4, bytes: 2_000_000, appends: 20 },
];

const directory = mkdtempSync(join(tmpdir(), "afterclick-bench-"));
const warehouse = await openWarehouse({ directory, log: () => undefined });
const line = printer([8, 9, 9, 11, 12]);
try {
  line(["rows", "bytes", "appends", "CPU µs/row", "ms/append"]);
  for (const [index, { rows, bytes, appends }] of cases.entries()) {
    const table = { dataset: "main", table: `t${index}` };
    await warehouse.createTable(table, rowSpec);
    const text = JSON.stringify({ orderId: "N1", text: "x".repeat(bytes) });
    const row = (): Row =>
      rowColumns.map(({ name, type }) => {
        if (name === "hit_id") return randomUUID();
        if (name === "payload" || name === "fields") return text;
        if (type === "DATE") return "2026-11-27";
        if (type === "INT64") return 1_603_131_452_000;
        return type === "BOOL" ? false : null;
      });
    const batch = Array.from({ length: rows }, row);
    const append = () => warehouse.append(table, rowColumns, batch, { deadlineMs: 60_000 });
    await append();
    const cpu = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000 + childrenUsage().cpuMs;
    const before = cpu();
    const from = performance.now();
    // Two at once, as a lane of deliver has them.
    for (let n = 0; n < appends; n += 2) await Promise.all([append(), append()]);
    const took = performance.now() - from;
    const spent = cpu() - before;
    line([rows, bytes, appends, ((spent * 1000) / (rows * appends)).toFixed(1), (took / appends).toFixed(1)]);
  }
} finally {
  await warehouse.close();
  rmSync(directory, { recursive: true });
}

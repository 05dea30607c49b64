/** `npm run bench:large`: what large tables cost on one machine: bytes written per byte delivered, memory,
 *  rows in time. Options: --gigabytes N of bodies a case (2), --bodies 2000,100000,2000000 (bytes),
 *  --connections N (10), --root DIR (another checkout of the product, for a comparison), --folder DIR (on the
 *  disk that is measured). Needs three times as much room on the disk. */
import { mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { freeBytes } from "../infra/local/thread/disk.ts";
import { endAll, launchProduct } from "../test/support/product.ts";
import { growTable, type Order } from "./grow.ts";
import { printer } from "./table.ts";

const { values } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "2" },
    bodies: { type: "string", default: "2000,100000,2000000" },
    connections: { type: "string", default: "10" },
    root: { type: "string", default: "." },
    folder: { type: "string", default: "." },
  },
});
/** Each case in as many steps: the cost of the last one tells whether it grows with the table. */
const steps = 4;
const caseBytes = Number(values.gigabytes) * 1e9;
/** Small hits cost by their number: a case has at most so many. */
const hitsMax = 1_000_000;
const entry = resolve(values.root, "infra/local/main.mjs");
const line = printer([18, 9, 10, 13, 12, 9, 26, 9, 9, 13]);

console.log(
  "written: by all, per byte of body; by the warehouse alone, per byte of row. CPU: of the server, of the warehouse's\n" +
    "process, of the busiest thread. Could: what that thread alone would let through. Peak: all processes together.\n",
);
line([
  "bodies",
  "table MB",
  "written MB",
  "per body byte",
  "per row byte",
  "MB/s",
  "CPU ms per MB",
  "could",
  "peak MB",
  "checkpoint ms",
]);
const perMb = (bytes: number) => (ms: number) => ((ms * 1e6) / bytes).toFixed(1);
for (const bodyBytes of values.bodies.split(",").map(Number)) {
  const form: Order["form"] = bodyBytes >= 1_000 && bodyBytes <= 1_000_000 ? "json" : "text";
  const bytes = Math.min(caseBytes, hitsMax * bodyBytes);
  const directory = mkdtempSync(join(resolve(values.folder), ".bench-large-"));
  try {
    if (freeBytes(directory) < 5 * bytes)
      throw new Error(`The disk has too little room: ${Math.ceil((5 * bytes) / 1e9)} GB are needed.`);
    const product = await launchProduct(directory, { LOG_LEVEL: "error" }, [process.execPath, entry]).ready;
    let table = 0;
    for (let step = 0; step < steps; step += 1) {
      const order = { bodyBytes, form, bytes: bytes / steps, connections: Number(values.connections) };
      const cost = await growTable(product, directory, order);
      table += cost.rowBytes;
      line([
        `${bodyBytes} B ${form}`,
        Math.round(table / 1e6),
        Math.round(cost.written / 1e6),
        (cost.written / cost.bodyBytes).toFixed(1),
        (cost.writtenByWarehouse / cost.rowBytes).toFixed(1),
        (cost.bodyBytes / 1e3 / cost.ms).toFixed(1),
        [cost.cpu.server, cost.cpu.warehouse, cost.cpu.busiest].map(perMb(cost.bodyBytes)).join(", "),
        Math.round(cost.bodyBytes / 1e3 / cost.cpu.busiest),
        Math.round(cost.residentPeak / 1e6),
        Math.round(cost.longestCheckpointMs),
      ]);
    }
    await product.end("SIGTERM");
  } finally {
    await endAll();
    rmSync(directory, { recursive: true, force: true });
  }
}

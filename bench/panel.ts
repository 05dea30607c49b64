/** `npm run bench:panel`: how long the server works on each page of the panel, with 500 streams and a million
 *  rows, what a browser loads besides, and how long it takes from Save to the row of a test. */
import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { activity, activityDays, activityDaysTable, activityTable } from "../functions/activity/tables.ts";
import { streamRef } from "../functions/stream-ref.ts";
import { rowSpec } from "../functions/hits/row.ts";
import { openWarehouse } from "../infra/local/warehouse/warehouse.ts";
import { warehouseFileName } from "../infra/local/warehouse/sql.ts";
import { watchCpu } from "../test/support/machine/cpu.ts";
import { descendants } from "../test/support/machine/written.ts";
import { endAll, startProduct, type Product } from "../test/support/product.ts";
import { median, printer } from "./table.ts";

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "500" },
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "9" },
  },
});
const [streams, rows, rounds] = [values.streams, values.rows, values.rounds].map(Number) as [
  number,
  number,
  number,
];
const directory = mkdtempSync(join(tmpdir(), "afterclick-bench-"));
const dataset = "bench";
/** The product's own dataset on one machine. */
const product = "afterclick";

interface Stream {
  readonly id: string;
  readonly table: string;
}

/** Half of the rows in the first stream's table, the rest over all others; every stream got
 *  hits on each of 14 days. */
async function fill(made: readonly Stream[]): Promise<void> {
  const warehouse = await openWarehouse({ directory, log: () => undefined });
  for (const { table } of made)
    await warehouse.createTable({ dataset, table: table.slice(dataset.length + 1) }, rowSpec);
  await warehouse.createTable(activityTable(product), activity);
  await warehouse.createTable(activityDaysTable(product), activityDays);
  await warehouse.close();
  const instance = await DuckDBInstance.create(join(directory, warehouseFileName));
  const connection = await instance.connect();
  const now = Date.now();
  const rest = Math.floor(rows / 2 / Math.max(1, made.length - 1));
  for (const [index, { id, table }] of made.entries()) {
    const count = index === 0 ? rows - rest * (made.length - 1) : rest;
    const at = `${now} - 60000 - (i * (13 * 86400000 // ${count}))::bigint`;
    await connection.run(
      `insert into ${table} (hit_id, payload, received_at, date, content_type, fields, stream_ref, is_test)
       select uuid(), 'orderId=N' || i || '&status=delivered&total=120.13&userId=U1', ${at},
         make_timestamp((${at}) * 1000)::date, 'application/x-www-form-urlencoded',
         '{"orderId":"N' || i || '","status":"delivered","total":"120.13","userId":"U1"}', '${streamRef(id)}', false
       from range(${count}) t(i)`,
    );
    await connection.run(
      `insert into ${product}.activity_days (stream_ref, date, hits, "rows", counted, tests, dead_letters, refused, bytes, last_at, "at")
       select '${streamRef(id)}', current_date - i::integer, 40, 40, 40, 0, 0, 1, 2000, ${now} - i * 86400000, ${now}
       from range(1, 14) t(i)`,
    );
    await connection.run(
      `insert into ${product}.activity (stream_ref, date, minute, minutes, hits, tests, dead_letters, bytes, last_at, instance, "at")
       select '${streamRef(id)}', current_date, ${now} - i * 600000, 10, 2, 0, 0, 100, ${now} - i * 600000, 'bench', ${now}
       from range(60) t(i)`,
    );
  }
  await connection.run("checkpoint");
  connection.closeSync();
  instance.closeSync();
}

async function pageOf(product: Product, path: string, form?: Record<string, string>) {
  const began = performance.now();
  const reply = await fetch(product.adminUrl + path, {
    headers: { accept: "text/html" },
    redirect: "manual",
    ...(form !== undefined && { method: "POST", body: new URLSearchParams(form) }),
  });
  const text = await reply.text();
  const ms = performance.now() - began;
  if (reply.status >= 400) throw new Error(`${path} answered ${reply.status}: ${text.slice(0, 300)}`);
  return { ms, text, location: reply.headers.get("location") };
}

async function pages(product: Product, { id, table }: Stream): Promise<void> {
  const { rows: found } = await product.admin<{ rows: string[][] }>(
    "GET",
    `/v1/tables/${table}/rows?limit=1`,
  );
  const sql = `SELECT date, count(*) AS hits FROM ${table} GROUP BY date ORDER BY date`;
  const paths: [path: string, form?: Record<string, string>][] = [
    ["/streams"],
    ["/streams?page=10"],
    ["/streams?q=stream+1"],
    ["/streams/new"],
    [`/streams/${id}`],
    [`/streams/${id}/live`],
    [`/streams/${id}/problems`],
    [`/streams/${id}/settings`],
    [`/find?q=${found[0]![0]}`],
    ["/find?q=orderId%3DN499999"],
    ["/tables"],
    [`/tables/${table}`],
    [`/tables/${table}?offset=5000`],
    ["/query", { sql }],
    ["/settings/people"],
    ["/settings/tokens"],
    ["/settings/audit"],
    ["/settings/system"],
  ];
  const print = printer([44, 10, 10, 10, 10]);
  print(["page", "ms", "slowest", "CPU ms", "kB gz"]);
  for (const [path, form] of paths) {
    const times: number[] = [];
    let size = 0;
    // The wait alone goes with whatever else the machine does.
    const used = [product.pid, ...descendants(product.pid)].map(watchCpu);
    for (let round = 0; round < rounds; round++) {
      const { ms, text } = await pageOf(product, path, form);
      times.push(ms);
      size = gzipSync(text).length;
    }
    const name = path.replaceAll(id, "ID").replaceAll(found[0]![0]!, "HIT_ID");
    const cpu = used.reduce((sum, end) => sum + end().all, 0) / rounds;
    const [middle, slowest] = [median(times).toFixed(1), Math.max(...times).toFixed(1)];
    print([name, middle, slowest, cpu.toFixed(0), (size / 1_000).toFixed(1)]);
  }
}

async function assets(product: Product): Promise<void> {
  const { text } = await pageOf(product, "/streams");
  const paths = new Set([...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path!));
  for (const path of paths) {
    const body = Buffer.from(await (await fetch(product.adminUrl + path)).arrayBuffer());
    console.log(
      `${path}: ${(gzipSync(body).length / 1_000).toFixed(1)} kB gz of ${(body.length / 1_000).toFixed(1)} kB`,
    );
  }
}

/** Add data stream, Save, Send a test, and the look that finds its row: as a person's browser
 *  asks, without its eyes. */
async function saveToRow(product: Product, number: number): Promise<number> {
  const { text } = await pageOf(product, "/streams/new");
  const reserved = /name="reserved" value="([^"]+)"/.exec(text)![1]!;
  const began = performance.now();
  const form = { reserved, table: `${dataset}.new_${number}`, offset: "+00:00", type: "bash", body: "form" };
  const saved = await pageOf(product, "/streams/new", form);
  const id = /\/streams\/([0-9a-f-]{36})/.exec(saved.location!)![1]!;
  const sent = await pageOf(product, `/streams/${id}/test`, { body: "orderId=N1&status=delivered" });
  const hitId = new URL(sent.location!, product.adminUrl).searchParams.get("hit")!;
  for (;;) {
    const reply = await fetch(`${product.adminUrl}/streams/${id}/test/${hitId}`);
    const { state } = (await reply.json()) as { state: string };
    if (state === "in_table") return performance.now() - began;
  }
}

try {
  let running = await startProduct(directory);
  const made: Stream[] = [];
  const began = performance.now();
  for (let number = 1; number <= streams; number++) {
    const fields = {
      name: `Stream ${number}`,
      table: `${dataset}.stream_${number}`,
      offset: "UTC",
      key: "orderId",
    };
    const { id } = await running.admin<{ id: string }>("POST", "/v1/streams", fields);
    made.push({ id, table: fields.table });
  }
  await running.end("SIGTERM");
  await fill(made);
  running = await startProduct(directory);
  console.log(
    `${streams} streams, ${rows} rows, made in ${Math.round((performance.now() - began) / 1000)} s; ${rounds} rounds; ` +
      `Node ${process.version}, ${cpus().length} cores (${cpus()[0]!.model})\n`,
  );
  await pages(running, made[0]!);
  console.log("");
  await assets(running);
  const times: number[] = [];
  for (let number = 1; number <= rounds; number++) times.push(await saveToRow(running, number));
  console.log(
    `\nfrom Save to the row of the test: ${Math.round(median(times))} ms, at most ${Math.round(Math.max(...times))} ms`,
  );
} finally {
  await endAll();
  rmSync(directory, { recursive: true, force: true });
}

/** Grows one table of a running product over HTTP and tells what that cost: bench/large.ts
 *  prints it, a test bounds it. */
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { watchResident } from "../test/support/machine/resident.ts";
import type { Product } from "../test/support/product.ts";
import { watchCpu } from "../test/support/machine/cpu.ts";
import { bytesWritten, descendants } from "../test/support/machine/written.ts";
import { exampleStream } from "./bodies.ts";

export interface Order {
  readonly bodyBytes: number;
  /** JSON is stored twice, as text and as `fields`. */
  readonly form: "json" | "text";
  /** Bodies of so many bytes in all. */
  readonly bytes: number;
  readonly connections: number;
}

export interface Cost {
  readonly hits: number;
  readonly bodyBytes: number;
  readonly rowBytes: number;
  readonly written: number;
  /** By the warehouse's own process; the rest is the queue's, the registry's and the log's. */
  readonly writtenByWarehouse: number;
  /** From the first request until every row is there. */
  readonly ms: number;
  /** CPU in ms of the server (HTTP and the queue), of the warehouse's process, and of the
   *  busiest thread of both. */
  readonly cpu: { readonly server: number; readonly warehouse: number; readonly busiest: number };
  /** Of all processes together. */
  readonly residentPeak: number;
  /** From the last growth of the warehouse's log to its end, as seen from outside. */
  readonly longestCheckpointMs: number;
}

type Used = ReturnType<ReturnType<typeof watchCpu>>;

/** Text that no compression makes smaller by much; every body begins somewhere else in it. */
const pool = randomBytes(6 * 1024 * 1024).toString("base64");

export async function growTable(product: Product, directory: string, order: Order): Promise<Cost> {
  const { connections, bytes, bodyBytes } = order;
  const [warehouse = product.pid] = descendants(product.pid);
  const before = {
    written: bytesWritten(product.pid),
    byWarehouse: bytesWritten(warehouse),
    ...(await stored(product)),
  };
  const checkpoints = watchCheckpoints(directory);
  const resident = watchResident(product.pid, ...descendants(product.pid));
  const cpus = [watchCpu(product.pid), watchCpu(warehouse)];
  const began = performance.now();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const hits = Math.ceil(bytes / bodyBytes);
  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent < hits) {
      sent += 1;
      await post(`${product.collectUrl}/ds/${exampleStream}`, makeBody(order, sent), agent);
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  agent.destroy();
  while ((await waiting(product)) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const ms = performance.now() - began;
  const written = bytesWritten(product.pid) - before.written;
  const writtenByWarehouse = bytesWritten(warehouse) - before.byWarehouse;
  const residentPeak = resident();
  const [server, warehouses] = cpus.map((used) => used()) as [Used, Used];
  const after = await stored(product);
  if (after.rows - before.rows < hits)
    throw new Error(`${hits} hits were acknowledged, ${after.rows - before.rows} are rows.`);
  return {
    hits,
    bodyBytes: after.bodyBytes - before.bodyBytes,
    rowBytes: after.rowBytes - before.rowBytes,
    written,
    writtenByWarehouse,
    ms,
    cpu: {
      server: server.all,
      warehouse: warehouses.all,
      busiest: Math.max(server.busiest, warehouses.busiest),
    },
    residentPeak,
    longestCheckpointMs: checkpoints(),
  };
}

/** Different for each number, and of so many bytes. */
function makeBody({ bodyBytes, form }: Order, number: number): string {
  const head =
    form === "json" ? `{"orderId":"N${number}","status":"won","text":"` : `orderId=N${number}&text=`;
  const tail = form === "json" ? `"}` : "";
  const length = Math.max(0, bodyBytes - head.length - tail.length);
  const from = (number * 7_919) % (pool.length - length);
  return head + pool.slice(from, from + length) + tail;
}

/** Where senders are told to retry, this one does. */
async function post(url: string, body: string, agent: Agent): Promise<void> {
  for (;;) {
    const status = await new Promise<number>((resolve, reject) => {
      const sending = request(url, { method: "POST", agent }, (reply) => {
        reply.resume().on("end", () => resolve(reply.statusCode!));
      });
      sending.on("error", reject);
      sending.end(body);
    });
    if (status === 200) return;
    if (status !== 503 && status !== 429) throw new Error(`A hit was answered ${status}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function waiting(product: Product): Promise<number> {
  const { queue } = await product.admin<{ queue?: { waiting?: number } }>("GET", "/v1/status");
  return queue?.waiting ?? 1;
}

/** Bodies and rows of one table are alike: some of them tell the size of all. */
async function stored(product: Product): Promise<{ rows: number; bodyBytes: number; rowBytes: number }> {
  const sizes = ["payload", "hit_id", "content_type", "query", "fields"].map(
    (name) => `coalesce(strlen(${name}::varchar), 0)`,
  );
  const ask = async (sql: string): Promise<number[]> => {
    const { rows } = await product.admin<{ rows: (number | string)[][] }>("POST", "/v1/query", { sql });
    return rows[0]!.map(Number);
  };
  const [there] = await ask("select count(*) from duckdb_tables() where schema_name = 'example'");
  if (there === 0) return { rows: 0, bodyBytes: 0, rowBytes: 0 };
  const [rows = 0] = await ask("select count(*) from example.orders");
  // Beside them: received_at, date, is_test, stream_ref.
  const [body = 0, row = 0] = await ask(
    `select avg(strlen(payload)), avg(${sizes.join(" + ")} + 25) from (select * from example.orders limit 20)`,
  );
  return { rows, bodyBytes: rows * body, rowBytes: rows * row };
}

/** @returns ends it, with the longest one in ms */
function watchCheckpoints(directory: string): () => number {
  const log = join(directory, "warehouse.duckdb.wal");
  let longest = 0;
  let size = 0;
  let grownAt = performance.now();
  const timer = setInterval(() => {
    const now = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    if (now < size) longest = Math.max(longest, performance.now() - grownAt);
    if (now !== size) grownAt = performance.now();
    size = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

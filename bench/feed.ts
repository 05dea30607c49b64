/** `npm run bench:feed`: a JSON feed from the call to its rows in the product on one machine, in gzip over
 *  HTTP. `--rows N` makes others than 5,000,000. It prints the time, and the memory of all processes before
 *  and at its most. It counts the rows: a fast run that lost one is a failure. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadavg } from "node:os";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import type { FeedView } from "../functions/feeds/view.ts";
import { inFolder } from "../test/support/folder.ts";
import { startProduct } from "../test/support/product.ts";
import { watchMemory } from "./import/memory.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "5000000" } } });
const rows = Number(values.rows);

function* answer(): Generator<string> {
  const statuses = ["received", "delivered", "refunded"];
  for (let first = 0; first < rows; first += 1_000) {
    const lines: string[] = [];
    for (let id = first; id < Math.min(first + 1_000, rows); id++)
      lines.push(
        JSON.stringify({
          orderId: `N${id}`,
          createdAt: new Date(1_700_000_000_000 + id * 1_000).toISOString(),
          currency: "USD",
          total: (id % 100_000) / 4,
          status: statuses[id % 3],
          isFirst: id % 7 === 0,
          product: { sku: `S${id % 500}`, count: id % 9 },
          userId: `U${id % 1_000_000}`,
        }),
      );
    yield `${lines.join("\n")}\n`;
  }
}

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-encoding": "gzip" });
  Readable.from(answer())
    .pipe(createGzip({ level: 1 }))
    .pipe(response);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

await inFolder(async (directory) => {
  const product = await startProduct(directory, { LOG_LEVEL: "error", FEEDS_MAY_REACH: "127.0.0.1" });
  try {
    const before = watchMemory(product.pid)();
    const memory = watchMemory(product.pid);
    const began = performance.now();
    await product.admin("POST", "/v1/feeds", { name: "bench", url, table: "bench", zone: "UTC" });
    let [fetched] = (await product.admin<FeedView>("GET", "/v1/feeds/bench")).fetches;
    while (fetched === undefined) {
      await pause(200);
      [fetched] = (await product.admin<FeedView>("GET", "/v1/feeds/bench")).fetches;
    }
    const seconds = (performance.now() - began) / 1_000;
    const peak = memory();
    if (fetched.state !== "taken") throw new Error(`${fetched.code}: ${fetched.reason}`);
    const sql = "SELECT count(*) FROM conversions.bench";
    const counted = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", { sql });
    const there = Number(counted.rows[0]![0]);
    if (there !== rows) throw new Error(`${there} rows are there, ${rows} would be right.`);
    console.log(`${rows} records, ${Math.round(rows / seconds)}/s: ${seconds.toFixed(1)} s`);
    console.log(`MiB before ${before.shareMiB}, at most ${peak.shareMiB}; load ${loadavg()[0]!.toFixed(1)}`);
  } finally {
    await product.end("SIGTERM");
    server.closeAllConnections();
    server.close();
  }
});

/** `npm run bench`: from the request to the acknowledgement and to the row, beside bare node:http and beside
 *  fastify with one SQLite insert per request, in one run. Rows are counted on the far side: a fast run that
 *  lost one fails. Options: --seconds N a case (5), --million (adds memory after 1 million hits),
 *  --connections 1,16,64,256 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { bodies, exampleStream } from "./bodies.ts";
import { load, startServer, type ServerProcess } from "./child.ts";
import type { Order, Result } from "./load.ts";
import { printer } from "./table.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "1,16,64,256" },
    million: { type: "boolean", default: false },
  },
});
const msMax = Number(values.seconds) * 1000;
const connections = values.connections.split(",").map(Number);

/** All rows are there; how long that took after the last answer. */
async function arrived(server: ServerProcess, rows: number): Promise<number> {
  const from = performance.now();
  let found = -1;
  while (performance.now() - from < 120_000) {
    found = Number(await server.ask("rows"));
    if (found >= rows) return performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${rows} hits were acknowledged and only ${found} rows are there.`);
}

const line = printer([26, 6, 9, 8, 8, 9, 9, 9]);

interface Measured {
  readonly result: Result;
  readonly cpuMs: number;
  /** Until every hit was a row, where rows are made. */
  readonly toRow?: { readonly cpuMs: number; readonly ms: number };
}

function report(name: string, open: number, { result, cpuMs, toRow }: Measured): void {
  if (result.refused + result.broken > 0)
    throw new Error(`${name}: ${result.refused} refused, ${result.broken} broken.`);
  line([
    name,
    open,
    Math.round(result.ok / (result.ms / 1000)),
    result.p50Ms.toFixed(1),
    result.p99Ms.toFixed(1),
    ((cpuMs * 1000) / result.ok).toFixed(1),
    toRow === undefined ? "" : ((toRow.cpuMs * 1000) / result.ok).toFixed(1),
    toRow === undefined ? "" : Math.round(result.ok / ((result.ms + toRow.ms) / 1000)),
  ]);
}

const order = (server: ServerProcess, open: number, given: Partial<Order> = {}): Order => ({
  port: server.port,
  connections: open,
  requestsMax: Number.MAX_SAFE_INTEGER,
  msMax,
  paths: [`/ds/${exampleStream}`],
  bodies,
  ...given,
});

async function plain(name: string, server: ServerProcess, open: number): Promise<void> {
  const before = await server.usage();
  const result = await load(order(server, open));
  const after = await server.usage();
  report(name, open, { result, cpuMs: after.cpuMs - before.cpuMs });
}

let delivered = 0;

async function whole(
  name: string,
  server: ServerProcess,
  open: number,
  given: Partial<Order> = {},
): Promise<void> {
  const before = await server.usage();
  const result = await load(order(server, open, given));
  const acknowledged = await server.usage();
  delivered += result.ok;
  const ms = await arrived(server, delivered);
  const after = await server.usage();
  report(name, open, {
    result,
    cpuMs: acknowledged.cpuMs - before.cpuMs,
    toRow: {
      cpuMs: after.cpuMs - before.cpuMs,
      ms,
    },
  });
}

console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]!.model.trim()}; the load generator runs on the same cores.`,
);
console.log(
  `${msMax / 1000} s a case, bodies of ${bodies.map(({ body }) => body.length).join(" and ")} bytes in turn; CPU over all threads.\n`,
);
line(["", "conns", "hits/s", "p50 ms", "p99 ms", "µs/ack", "µs/row", "rows/s"]);

const bare = await startServer("bare");
const fastify = await startServer("fastify-sqlite");
const afterclick = await startServer("afterclick");
try {
  await load(order(afterclick, 16, { msMax: 1000 })).then((warm) => (delivered += warm.ok));
  for (const open of connections) {
    await plain("node:http, nothing stored", bare, open);
    await plain("fastify + SQLite insert", fastify, open);
    await whole("afterclick", afterclick, open);
  }
  const streams = (await afterclick.ask("streams")) as string[];
  const paths = streams.map((id) => `/ds/${id}`);
  await load(order(afterclick, 16, { msMax: 60_000, requestsMax: paths.length, paths })).then(
    (warm) => (delivered += warm.ok),
  );
  await whole("afterclick, 1,000 streams", afterclick, 256, { paths });
  if (values.million) {
    const { rssMiB } = await afterclick.usage();
    const result = await load(order(afterclick, 64, { msMax: 600_000, requestsMax: 1_000_000 }));
    delivered += result.ok;
    await arrived(afterclick, delivered);
    const after = await afterclick.usage();
    console.log(
      `\nmemory: ${rssMiB.toFixed(0)} MiB before, ${after.rssMiB.toFixed(0)} MiB after ${result.ok} more hits`,
    );
  }
  console.log(`\n${delivered} hits acknowledged, ${await afterclick.ask("rows")} rows.`);
} finally {
  await Promise.all([bare.stop(), fastify.stop(), afterclick.stop()]);
}

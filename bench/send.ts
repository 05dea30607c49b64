/** `node bench/send.ts --records 1000000`: `afterclick send` of a CSV file to the product on this machine:
 *  its rate, and the most memory that its process held. Counts that each record is a row of the _unique
 *  view. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { records: { type: "string", default: "1000000" }, window: { type: "string", default: "32" } },
});
const records = Number(values.records);
const directory = mkdtempSync(join(tmpdir(), "afterclick-bench-"));
const file = join(directory, "orders.csv");
const root = join(import.meta.dirname, "..");
const streamId = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

async function writeRecords(): Promise<void> {
  const out = createWriteStream(file);
  out.write("orderId,status,total,changed\n");
  for (let at = 0; at < records; at++)
    if (!out.write(`N${at},delivered,${at}.13,2026-11-20T10:00:00Z\n`)) await once(out, "drain");
  out.end();
  await once(out, "finish");
}

function start(args: readonly string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** On Linux, in MiB, as long as the process lives. */
const mostMemory = (pid: number) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;

async function rowsOf(adminUrl: string): Promise<number> {
  const reply = await fetch(`${adminUrl}/v1/query`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sql: "SELECT COUNT(*) FROM example.orders_unique", deadline_seconds: 300 }),
  });
  const { rows } = (await reply.json()) as { rows?: unknown[][] };
  return Number(rows?.[0]?.[0] ?? 0);
}

await writeRecords();
const data = { AFTERCLICK_DATA_DIR: join(directory, "data") };
const server = start(["infra/local/main.mjs"], { PORT: "0", ADMIN_PORT: "0", HOST: "127.0.0.1", ...data });
try {
  let said = "";
  await new Promise<void>((resolve) => {
    server.stdout!.on("data", (chunk) => {
      said += String(chunk);
      if (/^ {2}data /m.test(said)) resolve();
    });
  });
  const adminUrl = /admin API +(http\S+)/.exec(said)![1]!;
  const sender = start(
    ["cli/afterclick.mjs", "send", file, "--stream", streamId, "--window", values.window, "--json"],
    {
      AFTERCLICK_URL: adminUrl,
    },
  );
  let report = "";
  sender.stdout!.on("data", (chunk) => (report += String(chunk)));
  let most = 0;
  const look = setInterval(() => {
    try {
      most = Math.max(most, mostMemory(sender.pid!));
    } catch {
      // It has ended.
    }
  }, 100);
  await once(sender, "close");
  clearInterval(look);
  const { sent, refused, retries, seconds, per_second } = JSON.parse(report) as Record<string, number>;
  console.log({ records, window: Number(values.window), sent, refused, retries, seconds, per_second });
  console.log(`the sender held ${Math.round(most)} MiB at most`);
  let rows = 0;
  for (const end = performance.now() + 600_000; rows < records && performance.now() < end;) {
    rows = await rowsOf(adminUrl);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  if (rows !== records) throw new Error(`${records} records were sent and ${rows} rows are there.`);
  console.log(`${rows} rows are in the _unique view`);
} finally {
  server.kill();
  await once(server, "close");
  rmSync(directory, { recursive: true });
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { addImport } from "../../functions/import/registered/imports.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { openDocuments } from "../../infra/google/registry/documents.ts";
import { openWarehouse } from "../../infra/google/warehouse/warehouse.ts";
import { startFakeStorage } from "../../test/support/doubles/cloud/fake-storage.ts";
import { inFolder } from "../../test/support/folder.ts";
import type { Built } from "../../test/support/google/built.ts";
import { emulatedProject as project, startEmulator } from "../../infra/emulated/emulators.ts";
import { watchMemory } from "../import/memory.ts";
import { cpuMsOf } from "./process.ts";

/** One large file of backend events through the function as it is built: from the notice of the bucket to its
 *  result, pushed again as Pub/Sub does until it is done. The rows go to a double that counts them, as the
 *  emulator of BigQuery takes minutes for what BigQuery loads in seconds; all statements run on the
 *  emulator. */

/** What Node grants itself in an instance of 2 GiB: a quarter. */
const heapMib = 512;
const mebibyte = 1024 * 1024;
const pushesMax = 40;
/** Between two pushes, as Terraform sets it at least is 10 s; here nobody waits for it. */
const pauseMs = 500;
const product = "afterclick";

export async function benchImport(
  built: Built,
  { mib, isPacked, timeoutMs }: { mib: number; isPacked: boolean; timeoutMs: number },
) {
  const [bigquery, firestore, pubsub] = await Promise.all([
    startEmulator("bigquery", { env: process.env }),
    startEmulator("firestore", { env: process.env }),
    startEmulator("pubsub", { env: process.env }),
  ]);
  const storage = await startFakeStorage();
  const counting = await startCounting(bigquery.address);
  const documents = openDocuments({ project, database: "(default)", emulator: firestore.address });
  const direct = { rest: bigquery.address, grpc: bigquery.grpcAddress };
  const warehouse = openWarehouse({ project, location: "US", emulator: direct });
  try {
    for (const dataset of [product, "conversions"]) await warehouse.createDataset({ dataset, table: "any" });
    const topic = `http://${pubsub.address}/v1/projects/${project}/topics/imports`;
    await fetch(topic, { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" });
    await addImport({ documents, now: Date.now }, thisMachine, { name: "crm", zone: "UTC" });
    const { bytes, rows } = fileOf(mib);
    const generation = storage.write("crm/in/day.csv", isPacked ? gzipSync(bytes, { level: 1 }) : bytes);
    await inFolder(async (scratch) => {
      const instance = await built.run({
        FUNCTION_TARGET: "import",
        PROJECT: project,
        LOCATION: "US",
        BUCKET: storage.bucket,
        IMPORT_TOPIC: `projects/${project}/topics/imports`,
        STORAGE_EMULATOR_HOST: storage.address,
        PUBSUB_EMULATOR_HOST: pubsub.address,
        FIRESTORE_EMULATOR_HOST: firestore.address,
        BIGQUERY_EMULATOR_REST: counting.address,
        BIGQUERY_EMULATOR_GRPC: bigquery.grpcAddress,
        METADATA_SERVER_DETECTION: "none",
        NODE_OPTIONS: `--max-old-space-size=${heapMib}`,
        TMPDIR: scratch,
      });
      const idle = watchMemory(instance.pid)().residentMiB;
      const peak = watchMemory(instance.pid);
      const from = performance.now();
      let most = 0;
      const again = () => push(instance.url, storage.bucket, generation, timeoutMs);
      const isDone = () => storage.objects.has("crm/results/day.csv.result.json");
      const pushes = await pushed(again, isDone).finally(() => (most = peak().residentMiB));
      const seconds = (performance.now() - from) / 1_000;
      const told = JSON.parse(String(storage.objects.get("crm/results/day.csv.result.json")!.bytes)) as {
        state: string;
        rows: number;
      };
      if (told.rows !== rows || counting.rows() < rows)
        throw new Error(
          `${rows} rows were sent and ${counting.rows()} loaded; the result is ${JSON.stringify(told)}`,
        );
      console.log(
        `import, ${(bytes.length / mebibyte).toFixed(0)} MiB${isPacked ? " in gzip" : ""}, ${rows} rows: ${told.state} in ` +
          `${seconds.toFixed(0)} s and ${pushes} pushes, CPU ${(cpuMsOf(instance.pid) / 1_000).toFixed(0)} s, ` +
          `resident ${idle} MiB before, ${most} MiB at most`,
      );
    });
  } finally {
    await warehouse.close();
    await documents.close();
    await counting.close();
    await storage.close();
    await Promise.all([bigquery.stop(), firestore.stop(), pubsub.stop()]);
  }
}

/** As many rows as a file may have, where they are as long as these. */
function fileOf(mib: number): { bytes: Buffer; rows: number } {
  const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
  const lines = ["date,ev,reference_ev,reference_id,value\n"];
  const row = (number: number) =>
    `${day},deal,lead_form,${String(number).padStart(80, "T")},${((number % 100_000) / 4).toFixed(2).padStart(8, "0")}\n`;
  const rows = Math.floor((mib * mebibyte - 100) / row(1).length);
  const parts: Buffer[] = [];
  for (let number = 0; number < rows; number += 1) {
    lines.push(row(number));
    if (lines.length === 10_000) parts.push(Buffer.from(lines.splice(0).join("")));
  }
  return { bytes: Buffer.concat([...parts, Buffer.from(lines.join(""))]), rows };
}

/** @returns how often */
async function pushed(push: () => Promise<unknown>, isDone: () => boolean): Promise<number> {
  for (let pushes = 1; pushes <= pushesMax; pushes += 1) {
    await push();
    await setTimeout(pauseMs);
    if (isDone()) return pushes;
  }
  throw new Error(`The file is not done after ${pushesMax} pushes.`);
}

/** Given up after a while, as Pub/Sub does: the next one goes on. @returns the status, 0 for none */
async function push(url: string, bucketId: string, objectGeneration: string, timeoutMs: number) {
  const attributes = {
    eventType: "OBJECT_FINALIZE",
    bucketId,
    objectId: "crm/in/day.csv",
    objectGeneration,
  };
  const body = JSON.stringify({ message: { messageId: "1", data: "", attributes } });
  const headers = { "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(timeoutMs) }).then(
    ({ status }) => status,
    () => 0,
  );
}

/** BigQuery's REST door before an emulator: load jobs are counted and done, all else goes on to it. */
async function startCounting(emulator: string) {
  const sessions: { job: Record<string, unknown>; bytes: number }[] = [];
  const jobs = new Map<string, object>();
  let rows = 0;

  function upload(request: IncomingMessage, url: URL, bytes: Buffer, response: ServerResponse): void {
    if (request.method === "POST") {
      sessions.push({ job: JSON.parse(bytes.toString()) as Record<string, unknown>, bytes: 0 });
      const location = `http://${address}${url.pathname}?upload_id=${sessions.length - 1}`;
      return void response.writeHead(200, { location }).end("{}");
    }
    const session = sessions[Number(url.searchParams.get("upload_id"))]!;
    session.bytes += bytes.length;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) rows += 1;
    const total = /\/(\d+)$/.exec(request.headers["content-range"] ?? "")?.[1];
    if (total === undefined)
      return void response.writeHead(308, { range: `bytes=0-${session.bytes - 1}` }).end();
    const done = { ...session.job, status: { state: "DONE" } };
    jobs.set((session.job["jobReference"] as { jobId: string }).jobId, done);
    response.writeHead(200).end(JSON.stringify(done));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://double");
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    if (url.pathname.startsWith("/upload/")) return upload(request, url, bytes, response);
    const job = jobs.get(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
    if (job !== undefined) return void response.writeHead(200).end(JSON.stringify(job));
    const { method = "GET" } = request;
    const asked = await fetch(`http://${emulator}${request.url}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(method !== "GET" && method !== "DELETE" && { body: bytes }),
    });
    response
      .writeHead(asked.status, { "content-type": "application/json" })
      .end(Buffer.from(await asked.arrayBuffer()));
  }

  const server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  ).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    rows: () => rows,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

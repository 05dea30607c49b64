import { connect } from "node:net";
import { rowColumns } from "../../functions/hits/row.ts";
import { offline, type Built } from "../../test/support/google/built.ts";
import { startFakePubsub, type Message } from "../../test/support/doubles/fake-pubsub.ts";
import { bodies, exampleStream } from "../bodies.ts";
import { load } from "../child.ts";
import type { Order, Result } from "../load.ts";
import { startFakeFirestore } from "./fake-firestore.ts";
import { cpuMsOf } from "./process.ts";
import { makePushes, makeStreams } from "./pushes.ts";
import { startFakes } from "./warehouse.ts";

/** What a hit sets going, counted while the built functions handle hits: one after the
 *  other, and many at once. */
export interface Counted {
  readonly hits: number;
  /** One after the other: nobody shares a request. */
  readonly alone: Shared;
  /** Many at once. */
  readonly together: Shared;
  /** As Pub/Sub counts a message: body, attributes, 20 for the time, and its id. */
  readonly messageBytes: number;
  /** Of collect's whole answer, before TLS. */
  readonly answerBytes: number;
  /** By the columns' types, as BigQuery counts what it stores. */
  readonly rowBytes: number;
  /** For one stream, in both functions together. */
  readonly documentReads: number;
  readonly logBytes: number;
}

interface Shared {
  readonly publishes: number;
  /** At least 1,000 a request. */
  readonly publishedBytes: number;
  readonly appends: number;
  readonly appendedBytes: number;
  readonly collectCpuMicros: number;
  readonly deliverCpuMicros: number;
}

/** Pub/Sub counts no request below it. Source: https://cloud.google.com/pubsub/pricing */
export const requestBytesMin = 1_000;
const timeBytes = 20;
const idBytes = 16;
const alone = { connections: 1, requestsMax: 2_000, msMax: 60_000 };
const together = { connections: 40, requestsMax: 40_000, msMax: 60_000 };

export async function count(built: Built): Promise<Counted> {
  const collect = await countCollect(built);
  const deliver = await countDeliver(built);
  return {
    hits: collect.hits,
    alone: { ...collect.alone, ...deliver.alone },
    together: { ...collect.together, ...deliver.together },
    messageBytes: collect.messageBytes,
    answerBytes: collect.answerBytes,
    rowBytes: deliver.rowBytes,
    documentReads: collect.documentReads + deliver.documentReads,
    logBytes: collect.logBytes + deliver.logBytes,
  };
}

async function countCollect(built: Built) {
  const pubsub = await startFakePubsub();
  const firestore = await startFakeFirestore(() => ({
    table: "bench.orders",
    offset: "+00:00",
  }));
  const instance = await built.run({
    ...offline.collect,
    PUBSUB_EMULATOR_HOST: pubsub.address,
    FIRESTORE_EMULATOR_HOST: firestore.address,
    METADATA_SERVER_DETECTION: "none",
  });
  const port = Number(new URL(instance.url).port);
  const printed = instance.output().length;
  const given = { port, paths: [`/ds/${exampleStream}`], bodies };

  async function share(how: typeof alone) {
    const [requests, messages] = [pubsub.requests.length, pubsub.messages.length];
    const before = cpuMsOf(instance.pid);
    const { ok } = await loaded({ ...given, ...how });
    const cpuMs = cpuMsOf(instance.pid) - before;
    if (pubsub.messages.length - messages !== ok)
      throw new Error("Pub/Sub does not hold what was acknowledged.");
    let at = messages;
    let bytes = 0;
    for (const request of pubsub.requests.slice(requests)) {
      const group = pubsub.messages.slice(at, (at += request.messages));
      const sum = group.reduce((all, one) => all + billedBytes(one), 0);
      bytes += Math.max(requestBytesMin, sum);
    }
    return {
      publishes: (pubsub.requests.length - requests) / ok,
      publishedBytes: bytes / ok,
      collectCpuMicros: (cpuMs * 1_000) / ok,
    };
  }

  try {
    await loaded({ ...given, ...together });
    const shares = {
      alone: await share(alone),
      together: await share(together),
    };
    const hits = pubsub.messages.length;
    const sum = pubsub.messages.reduce((all, one) => all + billedBytes(one), 0);
    return {
      ...shares,
      hits,
      messageBytes: sum / hits,
      answerBytes: await answerBytes(port),
      documentReads: firestore.reads(),
      logBytes: (instance.output().length - printed) / hits,
    };
  } finally {
    await instance.end("SIGTERM");
    pubsub.close();
    firestore.close();
  }
}

async function countDeliver(built: Built) {
  const fakes = await startFakes();
  const instance = await built.run(fakes.settings);
  const port = Number(new URL(instance.url).port);
  const printed = instance.output().length;
  const given = { port, paths: ["/"], bodies: makePushes(makeStreams(1)) };
  let hits = 0;
  let rowBytes = 0;

  async function share(how: typeof alone) {
    fakes.forget();
    const before = cpuMsOf(instance.pid);
    const { ok } = await loaded({ ...given, ...how });
    const cpuMs = cpuMsOf(instance.pid) - before;
    if (fakes.rows() !== ok) throw new Error("The warehouse does not hold what was acked.");
    const rows = [...fakes.storage.rows.values()].flat();
    rowBytes = rows.reduce((all, row) => all + storedBytes(row), 0) / ok;
    hits += ok;
    const { requests } = fakes.storage;
    const bytes = requests.reduce((all, request) => all + request.bytes, 0);
    return {
      appends: requests.length / ok,
      appendedBytes: bytes / ok,
      deliverCpuMicros: (cpuMs * 1_000) / ok,
    };
  }

  try {
    await share(together);
    const shares = {
      alone: await share(alone),
      together: await share(together),
    };
    return {
      ...shares,
      rowBytes,
      documentReads: fakes.firestore.reads(),
      logBytes: (instance.output().length - printed) / hits,
    };
  } finally {
    await instance.end("SIGTERM");
    await fakes.close();
  }
}

async function loaded(order: Order): Promise<Result> {
  const result = await load(order);
  if (result.refused + result.broken > 0)
    throw new Error(`${result.refused} refused, ${result.broken} broken.`);
  return result;
}

function billedBytes({ data, attributes }: Message): number {
  const texts = Object.entries(attributes).flat();
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), data.length + timeBytes + idBytes);
}

/** Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#data_type_sizes */
function storedBytes(row: Readonly<Record<string, unknown>>): number {
  let sum = 0;
  for (const { name, type } of rowColumns) {
    const value = row[name];
    if (value === undefined) continue;
    if (type === "BOOL") sum += 1;
    else if (type === "INT64" || type === "DATE") sum += 8;
    else if (value instanceof Uint8Array) sum += 2 + value.length;
    else sum += 2 + Buffer.byteLength(String(value));
  }
  return sum;
}

function answerBytes(port: number): Promise<number> {
  const { contentType, body } = bodies[0]!;
  const head = `POST /ds/${exampleStream} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${contentType}\r\nconnection: close\r\n`;
  return new Promise((resolve, reject) => {
    let bytes = 0;
    connect(port, "127.0.0.1")
      .on("data", (chunk: Buffer) => (bytes += chunk.length))
      .once("end", () => resolve(bytes))
      .once("error", reject)
      .end(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  });
}

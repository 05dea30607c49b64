import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { emulatedProject } from "../../infra/emulated/emulators.ts";
import { registerStream, type Emulated, type Target } from "../../infra/emulated/start.ts";
import { until } from "../support/until.ts";

/** Mixed load through collect while everything behind it is killed, frozen and started again, and afterwards
 *  the count: every hit that was answered 2xx is a row or a dead letter, byte for byte. */

export interface StormReport {
  readonly seed: number;
  readonly acknowledged: number;
  /** Answered otherwise, or not at all. */
  readonly refused: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Rows and dead letters beyond one for each hit. */
  readonly repeats: number;
  /** Hits that were answered 2xx and are neither, or are other bytes. */
  readonly missing: readonly string[];
  readonly altered: readonly string[];
  /** How often the BigQuery emulator was found hanging and was started anew. */
  readonly revivals: number;
  /** What happened, in order. */
  readonly faults: readonly string[];
}

export interface StormOptions {
  readonly seconds: number;
  /** It goes on until so many were acknowledged, however slow the machine. */
  readonly hitsMin?: number;
  readonly seed: number;
  readonly senders?: number;
  /** Between two hits of a sender, on average. */
  readonly pauseMs?: number;
  /** Told of each fault as it happens. */
  readonly say?: (fault: string) => void;
}

/** After so long without one more hit at its place, the rest is missing. */
const settleMs = 180_000;

export async function storm(
  cloud: Emulated,
  { seconds, hitsMin = 0, seed, senders = 8, pauseMs = 50, say = () => undefined }: StormOptions,
): Promise<StormReport> {
  const streams = await makeStreams(cloud);
  const sent = new Map<string, Buffer>();
  /** When and where, for the report. */
  const journal = new Map<string, string>();
  const end = performance.now() + seconds * 1_000;
  const over = () => performance.now() >= end && sent.size >= hitsMin;
  const since = () => ((performance.now() - end) / 1_000 + seconds).toFixed(1);
  let refused = 0;

  async function sendUntilOver(number: number): Promise<void> {
    const random = randomOf(seed + number);
    for (let n = 0; !over(); n++) {
      const { body, stored, headers, query } = makeRequest(random, n);
      const stream = streams.ids[Math.floor(random() * streams.ids.length)]!;
      const signal = AbortSignal.timeout(15_000);
      try {
        const answer = await fetch(`${cloud.collectUrl}/ds/${stream}${query}`, {
          method: "POST",
          body,
          headers,
          signal,
        });
        const { hit_id } = (await answer.json()) as { hit_id?: string };
        if (answer.status >= 200 && answer.status < 300) {
          sent.set(hit_id!, stored);
          journal.set(hit_id!, `${since()} s to ${streams.documents.get(stream)!["table"]}`);
        } else refused++;
      } catch {
        refused++;
      }
      await pause(pauseMs * (0.4 + random() * 1.2));
    }
  }

  const faults: string[] = [];
  const weather = (async () => {
    const random = randomOf(seed);
    while (!over()) {
      const [name, strike] = pick(random, strikes);
      faults.push(`${since()} s ${name}`);
      say(faults.at(-1)!);
      await inTime(`${name}, and back again`, strike(cloud, streams, random));
      await pause(200 + random() * 1_000);
    }
  })();
  await Promise.all([weather, ...Array.from({ length: senders }, (_, n) => sendUntilOver(n + 1))]);

  say("the storm is over");
  let found = new Map<string, Copy[]>();
  let revivals = 0;
  const missing = () => [...sent.keys()].filter((id) => !found.has(id));
  const look = async (): Promise<boolean> => {
    try {
      found = await stored(cloud, streams);
      say(`${missing().length} of ${sent.size} hits are on their way`);
    } catch (error) {
      // Its SQL engine is no match for queries and appends at once: now and then it stands
      // still, or loses its answer.
      say(`bigquery is started anew: ${String(error).slice(0, 200)}`);
      revivals++;
      await cloud.stopEmulator("bigquery");
      await cloud.startEmulator("bigquery");
    }
    await pause(1_000);
    return missing().length === 0;
  };
  // The emulators deliver some forty hits a second at best: a long storm leaves a long queue.
  const settled = async (): Promise<void> => {
    let fewest = Infinity;
    let fewestAt = performance.now();
    while (!(await look())) {
      const left = missing().length;
      if (left < fewest) {
        fewest = left;
        fewestAt = performance.now();
      } else if (performance.now() - fewestAt > settleMs) return;
    }
  };
  await settled();
  // Pub/Sub forgets what it holds when it stops: now that nothing waits, it may.
  if (missing().length === 0) {
    say("pubsub is stopped and started");
    await restartPubSub(cloud, streams, sent);
    await settled();
  }

  const copies = [...found.values()].flat();
  return {
    seed,
    acknowledged: sent.size,
    refused,
    rows: copies.filter(({ kind }) => kind === "row").length,
    deadLetters: copies.filter(({ kind }) => kind === "letter").length,
    repeats: copies.length - found.size,
    revivals,
    missing: missing().map((id) => `${id} at ${journal.get(id)}`),
    altered: [...sent]
      .filter(([id, body]) => (found.get(id) ?? []).some((copy) => !copy.body.equals(body)))
      .map(([id]) => id),
    faults,
  };
}

interface Streams {
  readonly ids: readonly string[];
  readonly documents: ReadonlyMap<string, Record<string, string>>;
  readonly tables: readonly string[];
}

/** Tables of their own, one that two share, one whose dataset is missing, and a document that is invalid. */
async function makeStreams(cloud: Emulated): Promise<Streams> {
  const run = randomUUID().slice(0, 8);
  const tables = ["a", "b", "shared"].map((name) => `conversions.${name}_${run}`);
  const given: Record<string, string>[] = [
    { table: tables[0]!, offset: "+03:00" },
    { table: tables[1]!, offset: "America/New_York", key: "orderId" },
    { table: tables[2]!, offset: "UTC" },
    { table: tables[2]!, offset: "UTC" },
    { table: `missing_${run}.orders`, offset: "UTC" },
    { table: `conversions.invalid_${run}`, offset: "nonsense" },
  ];
  const documents = new Map(given.map((document) => [randomUUID() as string, document]));
  const streams = { ids: [...documents.keys()], documents, tables };
  await register(cloud, streams);
  return streams;
}

async function register(cloud: Emulated, { documents }: Streams): Promise<void> {
  for (const [id, document] of documents)
    await registerStream(cloud.emulator("firestore").address, id, document);
}

type Strike = (cloud: Emulated, streams: Streams, random: () => number) => Promise<void>;

const replace =
  (target: Target, signal: NodeJS.Signals): Strike =>
  async (cloud) => {
    await cloud.instance(target).end(signal);
    await cloud.startInstance(target);
  };

const freeze =
  (name: "pubsub" | "firestore" | "bigquery"): Strike =>
  async (cloud, _streams, random) => {
    cloud.emulator(name).freeze();
    await pause(500 + random() * 3_000);
    cloud.emulator(name).resume();
  };

const strikes: readonly (readonly [string, Strike])[] = [
  ["collect is killed", replace("collect", "SIGKILL")],
  ["collect is told to end", replace("collect", "SIGTERM")],
  ["deliver is killed", replace("deliver", "SIGKILL")],
  ["deliver is told to end", replace("deliver", "SIGTERM")],
  ["pubsub hangs", freeze("pubsub")],
  ["firestore hangs", freeze("firestore")],
  ["bigquery hangs", freeze("bigquery")],
  [
    "firestore is stopped and started",
    async (cloud, streams) => {
      await cloud.stopEmulator("firestore");
      // Until all documents are back, a stream would be unknown, and its hits dead
      // letters: that is right as well.
      await cloud.startEmulator("firestore");
      await register(cloud, streams);
    },
  ],
  [
    "bigquery is stopped and started",
    async (cloud) => {
      await cloud.stopEmulator("bigquery");
      await cloud.startEmulator("bigquery");
    },
  ],
];

async function restartPubSub(cloud: Emulated, streams: Streams, sent: Map<string, Buffer>): Promise<void> {
  await cloud.stopEmulator("pubsub");
  await cloud.startEmulator("pubsub");
  const body = Buffer.from("after the restart");
  await until("hits are taken again", async () => {
    const answer = await fetch(`${cloud.collectUrl}/ds/${streams.ids[0]}`, {
      method: "POST",
      body,
    });
    const { hit_id } = (await answer.json()) as { hit_id?: string };
    if (answer.ok) sent.set(hit_id!, body);
    return answer.ok;
  });
}

interface Copy {
  readonly kind: "row" | "letter";
  readonly body: Buffer;
}

/** Everything in the warehouse, by hit. */
async function stored(cloud: Emulated, { tables }: Streams): Promise<Map<string, Copy[]>> {
  const found = new Map<string, Copy[]>();
  const keep = (hitId: string, copy: Copy): void => {
    const copies = found.get(hitId);
    if (copies === undefined) found.set(hitId, [copy]);
    else copies.push(copy);
  };
  for (const table of tables) {
    for (const [hitId, payload, bytes] of await query(
      cloud,
      `SELECT hit_id, payload, payload_bytes FROM ${table}`,
    )) {
      keep(hitId!, {
        kind: "row",
        body: bytes === null ? Buffer.from(payload!) : Buffer.from(bytes!, "base64"),
      });
    }
  }
  for (const [hitId, bytes] of await query(cloud, "SELECT hit_id, body FROM afterclick.dead_letters")) {
    keep(hitId!, { kind: "letter", body: Buffer.from(bytes!, "base64") });
  }
  return found;
}

/** Straight from the emulator: people's SQL does not reach the dead letters' bodies. */
async function query(cloud: Emulated, sql: string): Promise<(string | null)[][]> {
  const address = `http://${cloud.emulator("bigquery").address}/bigquery/v2/projects/${emulatedProject}/queries`;
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer owner" },
    body: JSON.stringify({ query: sql, useLegacySql: false, maxResults: 100_000, timeoutMs: 10_000 }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  // Its first hit makes the table.
  if (/not (found|exist)|does not exist/i.test(text.slice(0, 2_000)) && !text.includes('"rows"')) return [];
  const { rows = [], jobComplete, totalRows } = JSON.parse(text) as QueryAnswer;
  if (!answer.ok || jobComplete !== true)
    throw new Error(`${sql}: HTTP ${answer.status} ${text.slice(0, 300)}`);
  if (rows.length !== Number(totalRows)) throw new Error(`${sql}: ${rows.length} of ${totalRows} rows`);
  return rows.map(({ f }) => f.map(({ v }) => v));
}

interface QueryAnswer {
  readonly rows?: readonly { f: readonly { v: string | null }[] }[];
  readonly jobComplete?: boolean;
  readonly totalRows?: string;
}

interface Sample {
  readonly body: Buffer;
  /** What must arrive. */
  readonly stored: Buffer;
  readonly headers: Record<string, string>;
  readonly query: string;
}

/** What CRMs send, and what they should not. */
function makeRequest(random: () => number, n: number): Sample {
  const mark = `${n}-${Math.floor(random() * 1e9)}`;
  const sample = (body: Buffer, type?: string): Sample => ({
    body,
    stored: body,
    headers: type === undefined ? {} : { "content-type": type },
    query: "",
  });
  const json = JSON.stringify({
    orderId: mark,
    status: "delivered",
    total: 120.13,
    lines: [{ sku: "A-100" }],
  });
  switch (n % 8) {
    case 0:
      return sample(
        Buffer.from(`orderId=${mark}&status=delivered&total=120.13&userId=U1`),
        "application/x-www-form-urlencoded",
      );
    case 1:
      return sample(Buffer.from(json), "application/json");
    case 2:
      return sample(Buffer.from(`{"orderId":"${mark}", broken`), "application/json; charset=klingon");
    case 3:
      return sample(Buffer.concat([Buffer.from(mark), Buffer.from([0, 255, 254, 13, 10, 128])]));
    case 4: {
      const sent = sample(Buffer.from(json), "application/json");
      return {
        ...sent,
        body: gzipSync(sent.body),
        headers: { ...sent.headers, "content-encoding": "gzip" },
      };
    }
    case 5:
      return {
        ...sample(Buffer.alloc(0)),
        stored: Buffer.from(`orderId=${mark}`),
        query: `?orderId=${mark}`,
      };
    case 6:
      return sample(Buffer.from(`${mark} ${"ü".repeat(10_000)}`), "text/plain; charset=utf-8");
    default:
      return {
        ...sample(Buffer.from(json), "text/html"),
        query: "?source=crm",
      };
  }
}

function pick<Item>(random: () => number, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)]!;
}

/** @throws Error where the work takes longer than anything here may */
async function inTime<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const late = new AbortController();
  const tooLate = pause(60_000, late.signal).then(() => {
    throw new Error(`Not so after 60 s: ${what}`);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    tooLate.catch(() => undefined);
    late.abort();
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return setTimeout(ms, undefined, signal === undefined ? {} : { signal });
}

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

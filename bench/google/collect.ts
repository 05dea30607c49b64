import { emulatedProject, freePort, startEmulator } from "../../infra/emulated/emulators.ts";
import { registerStream } from "../../infra/emulated/project.ts";
import { offline, type Built } from "../../test/support/google/built.ts";
import { bodies, exampleStream } from "../bodies.ts";
import { load, startServer } from "../child.ts";
import type { Order, Result } from "../load.ts";
import { openFarSide, type FarSide } from "./far-side.ts";
import { cpuMsOf, firstHit, startDocumented } from "./process.ts";
import { median, printer } from "../table.ts";

/** From the request to the acknowledgement, into the Pub/Sub emulator: ours as it is deployed, the documented
 *  way, a careful other way, and bare node:http for scale. */
export interface CollectOptions {
  readonly built: Built;
  readonly connections: readonly number[];
  readonly msMax: number;
  readonly rounds: number;
}

interface Contender {
  readonly name: string;
  readonly port: number;
  cpuMs(): number | Promise<number>;
  /** Absent where nothing is stored. */
  readonly farSide?: FarSide;
  stop(): Promise<unknown>;
}

interface Measured {
  readonly hitsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
}

export interface Emulators {
  readonly pubsub: string;
  readonly firestore: string;
  stop(): Promise<void>;
}

/** Pub/Sub and Firestore, with the example stream registered. */
export async function startEmulators(): Promise<Emulators> {
  // It keeps what was acked for long, and slows down to a crawl where that fills its memory.
  const roomy = { ...process.env, JDK_JAVA_OPTIONS: "-Xmx2g" };
  const pubsub = await startEmulator("pubsub", { env: roomy });
  const firestore = await startEmulator("firestore", { env: process.env });
  await registerStream(firestore.address, exampleStream, {
    table: "example.orders",
    offset: "+00:00",
  });
  return {
    pubsub: pubsub.address,
    firestore: firestore.address,
    stop: async () => {
      await Promise.all([pubsub.stop(), firestore.stop()]);
    },
  };
}

export function settingsOf({ pubsub, firestore }: Emulators, topic: string): Record<string, string> {
  return {
    ...offline.collect,
    TOPIC: topic,
    PUBSUB_EMULATOR_HOST: pubsub,
    FIRESTORE_EMULATOR_HOST: firestore,
    METADATA_SERVER_DETECTION: "none",
  };
}

/** For Pub/Sub's own client. */
export function clientSettings({ pubsub }: Emulators, topic: string): Record<string, string> {
  return {
    TOPIC: topic,
    PUBSUB_EMULATOR_HOST: pubsub,
    GOOGLE_CLOUD_PROJECT: emulatedProject,
    METADATA_SERVER_DETECTION: "none",
  };
}

export async function benchCollect(options: CollectOptions): Promise<void> {
  const emulators = await startEmulators();
  const contenders: Contender[] = [];
  try {
    contenders.push(await ours(options.built, emulators));
    contenders.push(await documented(emulators));
    contenders.push(await fastify(emulators));
    contenders.push(await bare());
    await compare(contenders, options);
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
    await emulators.stop();
  }
}

async function compare(
  contenders: readonly Contender[],
  { connections, msMax, rounds }: CollectOptions,
): Promise<void> {
  const line = printer([30, 6, 9, 8, 8, 9]);
  line(["collect", "conns", "hits/s", "p50 ms", "p99 ms", "µs/hit"]);
  for (const contender of contenders) await measure(contender, order(contender, 64, 2_000));
  for (const open of connections) {
    const results = new Map<Contender, Measured[]>();
    for (let round = 0; round < rounds; round++)
      for (const contender of contenders) {
        const one = await measure(contender, order(contender, open, msMax));
        results.set(contender, [...(results.get(contender) ?? []), one]);
      }
    for (const [{ name }, all] of results) {
      const of = (key: keyof Measured) => median(all.map((one) => one[key]));
      const cells = [of("p50Ms"), of("p99Ms"), of("cpuMicros")];
      line([name, open, Math.round(of("hitsPerSecond")), ...cells.map((cell) => cell.toFixed(1))]);
    }
  }
}

/** What was acknowledged is there, or there is no result. */
async function measure({ name, cpuMs, farSide }: Contender, given: Order): Promise<Measured> {
  const before = await cpuMs();
  const result: Result = await load(given);
  const cpuMicros = ((await cpuMs()) - before) * 1_000;
  if (result.refused + result.broken > 0)
    throw new Error(`${name}: ${result.refused} refused, ${result.broken} broken.`);
  await farSide?.take(result.ok);
  return {
    hitsPerSecond: result.ok / (result.ms / 1_000),
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicros: cpuMicros / result.ok,
  };
}

const order = ({ port }: Contender, open: number, msMax: number): Order => ({
  port,
  connections: open,
  requestsMax: Number.MAX_SAFE_INTEGER,
  msMax,
  paths: [`/ds/${exampleStream}`],
  bodies,
});

async function ours(built: Built, emulators: Emulators): Promise<Contender> {
  const farSide = await openFarSide(emulators.pubsub, "afterclick");
  const instance = await built.run(settingsOf(emulators, farSide.topic));
  return {
    name: "afterclick, as deployed",
    port: Number(new URL(instance.url).port),
    cpuMs: () => cpuMsOf(instance.pid),
    farSide,
    stop: () => instance.end("SIGTERM"),
  };
}

async function documented(emulators: Emulators): Promise<Contender> {
  const farSide = await openFarSide(emulators.pubsub, "documented");
  const port = await freePort();
  const server = startDocumented(port, clientSettings(emulators, farSide.topic));
  await firstHit(port);
  await farSide.take(1);
  return {
    name: "functions-framework, documented",
    port,
    cpuMs: () => cpuMsOf(server.pid),
    farSide,
    stop: server.stop,
  };
}

async function fastify(emulators: Emulators): Promise<Contender> {
  const farSide = await openFarSide(emulators.pubsub, "fastify");
  const env = clientSettings(emulators, farSide.topic);
  const server = await startServer("fastify-pubsub", env);
  return {
    name: "fastify, batches of 1 ms",
    port: server.port,
    cpuMs: async () => (await server.usage()).cpuMs,
    farSide,
    stop: server.stop,
  };
}

async function bare(): Promise<Contender> {
  const server = await startServer("bare");
  return {
    name: "node:http, nothing stored",
    port: server.port,
    cpuMs: async () => (await server.usage()).cpuMs,
    stop: server.stop,
  };
}

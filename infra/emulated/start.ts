import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Target as Functions } from "../google/config.ts";
import {
  emulatedProject,
  emulatorNames,
  freePort,
  startEmulator,
  type Emulator,
  type EmulatorName,
} from "./emulators.ts";
import { startInstance, type Instance } from "./function.ts";
import {
  jobsTopic,
  makeDatasets,
  makeQueue,
  registerStream,
  retrySubscription,
  retryTopic,
  subscription,
  topic,
  type QueueOptions,
} from "./project.ts";
import { unpack } from "./unpack.ts";

/** Cloud Storage has no emulator of Google's: files arrive nowhere here. */
export type Target = Exclude<Functions, "import">;

export interface EmulatedOptions {
  /** As `npm run build` leaves it. */
  readonly zipFile: string;
  /** Ports of collect and admin; free ones where left out. */
  readonly ports?: Partial<Record<Target, number>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** More settings of the functions. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of the subscriptions. */
  readonly queue?: Omit<QueueOptions, "deliverUrl" | "adminUrl">;
  /** Told of each line that a function prints. */
  readonly line?: (target: Target, line: string) => void;
}

/** The cloud on one machine, every part of it a process of its own that can be ended,
 *  frozen and started again. */
export interface Emulated {
  readonly collectUrl: string;
  readonly deliverUrl: string;
  readonly adminUrl: string;
  emulator(name: EmulatorName): Emulator;
  stopEmulator(name: EmulatorName): Promise<void>;
  /** At its former address. Pub/Sub's and Firestore's come back empty, but for the topics
   *  and the subscriptions. */
  startEmulator(name: EmulatorName): Promise<void>;
  instance(target: Target): Instance;
  /** Another instance at the former address, once the former one has ended. */
  startInstance(target: Target): Promise<void>;
  stop(): Promise<void>;
}

const root = resolve(import.meta.dirname, "../..");
/** Those that Terraform makes where it is told nothing else: a stream to another one fails
 *  here as it does there. */
const emulatedDatasets = ["afterclick", "conversions"];

export async function start(options: EmulatedOptions): Promise<Emulated> {
  const folder = await mkdtemp(join(tmpdir(), "afterclick-emulated-"));
  const emulators = new Map<EmulatorName, Emulator>();
  const instances = new Map<Target, Instance>();
  const ports: Record<Target, number> = {
    collect: options.ports?.collect ?? (await freePort()),
    deliver: options.ports?.deliver ?? (await freePort()),
    admin: options.ports?.admin ?? (await freePort()),
  };
  const urlOf = (target: Target): string => `http://localhost:${ports[target]}`;
  const functionFolder = join(folder, "function");
  const launcher = unpack(options.zipFile, functionFolder, root);

  async function openEmulator(
    name: EmulatorName,
    at: { port?: number; grpcPort?: number } = {},
  ): Promise<void> {
    const emulator = await startEmulator(name, {
      env: options.env,
      directory: join(folder, name),
      ...at,
    });
    emulators.set(name, emulator);
    if (name !== "pubsub") return;
    // Before the functions: Pub/Sub waits for them, and what it forgot they must find again.
    await makeQueue(emulator.address, {
      deliverUrl: urlOf("deliver"),
      adminUrl: urlOf("admin"),
      ...options.queue,
    });
  }

  async function openInstance(target: Target): Promise<void> {
    const env = {
      ...settingsOf(target, emulators, urlOf("collect")),
      ...options.settings,
    };
    const line = options.line === undefined ? {} : { line: (text: string) => options.line!(target, text) };
    instances.set(
      target,
      await startInstance({
        folder: functionFolder,
        launcher,
        port: ports[target],
        env,
        ...line,
      }),
    );
  }

  async function stop(): Promise<void> {
    // The functions first, and kindly: they answer what they have begun while the services are still there.
    await Promise.all([...instances.values()].map((instance) => instance.end("SIGTERM")));
    await Promise.all([...emulators.values()].map((emulator) => emulator.stop()));
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    // All of them settle before the first failure counts: what has started must be known to be stopped.
    await allOf(emulatorNames.map((name) => openEmulator(name)));
    await makeDatasets(emulators.get("bigquery")!.address, emulatedDatasets);
    await allOf((["collect", "deliver", "admin"] as const).map(openInstance));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    collectUrl: urlOf("collect"),
    deliverUrl: urlOf("deliver"),
    adminUrl: urlOf("admin"),
    emulator: (name) => emulators.get(name)!,
    stopEmulator: (name) => emulators.get(name)!.stop(),
    startEmulator: (name) => openEmulator(name, portsOf(emulators.get(name)!)),
    instance: (target) => instances.get(target)!,
    startInstance: openInstance,
    stop,
  };
}

export { registerStream };

function settingsOf(
  target: Target,
  emulators: ReadonlyMap<EmulatorName, Emulator>,
  collectUrl: string,
): Record<string, string> {
  const bigquery = emulators.get("bigquery")!;
  return {
    FUNCTION_TARGET: target,
    PROJECT: emulatedProject,
    LOCATION: "EU",
    TOPIC: topic,
    SUBSCRIPTION: subscription,
    RETRY_TOPIC: retryTopic,
    RETRY_SUBSCRIPTION: retrySubscription,
    JOBS_TOPIC: jobsTopic,
    COLLECT_URL: collectUrl,
    TRUSTED_PROXIES: "0",
    PUBSUB_EMULATOR_HOST: emulators.get("pubsub")!.address,
    FIRESTORE_EMULATOR_HOST: emulators.get("firestore")!.address,
    BIGQUERY_EMULATOR_REST: bigquery.address,
    BIGQUERY_EMULATOR_GRPC: bigquery.grpcAddress,
    // Nobody looks for Google's metadata server on this machine.
    METADATA_SERVER_DETECTION: "none",
  };
}

function portsOf({ address, grpcAddress }: Emulator): {
  port: number;
  grpcPort: number;
} {
  const port = (at: string) => Number(new URL(`http://${at}`).port);
  return { port: port(address), grpcPort: port(grpcAddress) };
}

async function allOf(works: readonly Promise<void>[]): Promise<void> {
  for (const settled of await Promise.allSettled(works))
    if (settled.status === "rejected") throw settled.reason;
}

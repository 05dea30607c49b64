import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../../../infra/emulated/emulators.ts";
import { startInstance, type Instance } from "../../../infra/emulated/function.ts";
import { unpack } from "../../../infra/emulated/unpack.ts";

export const root = resolve(import.meta.dirname, "../../..");

/** What `npm run build` makes, and instances of it under the real launcher. */
export interface Built {
  readonly directory: string;
  readonly zipFile: string;
  /** The zip laid out as in the cloud. */
  readonly folder: string;
  /** The framework's, in that folder. */
  readonly launcher: string;
  /** @param env all that the instance sees, but for PORT: a free one */
  run(env: Record<string, string>, port?: number): Promise<Instance>;
  /** Another command line than the cloud's, in that folder. The environment names a port
   *  only where `env` does. */
  start(
    command: readonly [script: string, ...args: string[]],
    env: Record<string, string>,
  ): Promise<Instance>;
  /** Ends every instance and removes the files. */
  remove(): Promise<void>;
}

export function build(env: Record<string, string> = {}): Built {
  const directory = mkdtempSync(join(tmpdir(), "afterclick-built-"));
  execFileSync(process.execPath, [join(root, "infra/google/build/main.ts"), directory], {
    cwd: tmpdir(),
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const zipFile = join(directory, "afterclick-function.zip");
  const folder = join(directory, "unpacked");
  const launcher = unpack(zipFile, folder, root);
  const instances: Instance[] = [];
  const kept = async (starting: Promise<Instance>): Promise<Instance> => {
    const instance = await starting;
    instances.push(instance);
    return instance;
  };
  return {
    directory,
    zipFile,
    folder,
    launcher,
    run: async (settings, port) =>
      kept(startInstance({ folder, launcher, port: port ?? (await freePort()), env: settings })),
    start: ([script, ...args], settings) =>
      kept(startInstance({ folder, launcher: script, args, env: settings })),
    async remove() {
      await Promise.all(instances.map((instance) => instance.end()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Settings with which each function starts, far from any service. */
export const offline = {
  collect: {
    FUNCTION_TARGET: "collect",
    PROJECT: "p1",
    TOPIC: "projects/p1/topics/hits",
    PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
    FIRESTORE_EMULATOR_HOST: "127.0.0.1:1",
  },
  deliver: {
    FUNCTION_TARGET: "deliver",
    PROJECT: "p1",
    LOCATION: "EU",
    RETRY_TOPIC: "projects/p1/topics/retries",
    PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
    FIRESTORE_EMULATOR_HOST: "127.0.0.1:1",
    BIGQUERY_EMULATOR_REST: "127.0.0.1:1",
    BIGQUERY_EMULATOR_GRPC: "127.0.0.1:1",
  },
  admin: {
    FUNCTION_TARGET: "admin",
    PROJECT: "p1",
    LOCATION: "EU",
    TOPIC: "projects/p1/topics/hits",
    SUBSCRIPTION: "projects/p1/subscriptions/deliver",
    RETRY_SUBSCRIPTION: "projects/p1/subscriptions/retried",
    JOBS_TOPIC: "projects/p1/topics/jobs",
    COLLECT_URL: "https://hits.example.com",
    PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
    FIRESTORE_EMULATOR_HOST: "127.0.0.1:1",
    BIGQUERY_EMULATOR_REST: "127.0.0.1:1",
    BIGQUERY_EMULATOR_GRPC: "127.0.0.1:1",
  },
  import: {
    FUNCTION_TARGET: "import",
    PROJECT: "p1",
    LOCATION: "EU",
    BUCKET: "p1-imports",
    IMPORT_TOPIC: "projects/p1/topics/imports",
    STORAGE_EMULATOR_HOST: "127.0.0.1:1",
    PUBSUB_EMULATOR_HOST: "127.0.0.1:1",
    FIRESTORE_EMULATOR_HOST: "127.0.0.1:1",
    BIGQUERY_EMULATOR_REST: "127.0.0.1:1",
    BIGQUERY_EMULATOR_GRPC: "127.0.0.1:1",
  },
} as const;

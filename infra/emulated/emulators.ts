import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";

/** Google's services on this machine. Each one starts on a free port and ends with everything it started: on
 *  `stop`, and also when the process that started it is killed. */
export interface Emulator {
  /** `host:port`; BigQuery's REST door. */
  readonly address: string;
  /** BigQuery's Storage Write door; the same as `address` for the others. */
  readonly grpcAddress: string;
  stop(): Promise<void>;
  /** Neither answers nor refuses from now on, until `resume`. */
  freeze(): void;
  resume(): void;
}

export const emulatorNames = ["pubsub", "firestore", "bigquery"] as const;
export type EmulatorName = (typeof emulatorNames)[number];

export interface EmulatorOptions {
  /** What the emulator sees of the environment; BQEMULATOR names another BigQuery emulator than ours. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Free ones where left out. */
  readonly port?: number;
  readonly grpcPort?: number;
  /** Where BigQuery's keeps its tables, so that they outlive it; nowhere where left out.
   *  The others always forget. */
  readonly directory?: string;
}

/** The only project of the BigQuery emulator. */
export const emulatedProject = "p1";

const root = join(import.meta.dirname, "../..");
/** A last resort: one that cannot start has ended before. */
const readyMs = 300_000;

/** What is not installed and the command that provides it. */
export function missingPart(name: EmulatorName, env: EmulatorOptions["env"]): string | undefined {
  try {
    commandOf(name, 0, 0, env);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function startEmulator(name: EmulatorName, options: EmulatorOptions): Promise<Emulator> {
  const port = options.port ?? (await freePort());
  const grpcPort = name === "bigquery" ? (options.grpcPort ?? (await freePort())) : port;
  const { command, env } = commandOf(name, port, grpcPort, options.env);
  if (name === "bigquery" && options.directory !== undefined)
    command.push("--persistent", "--data-dir", options.directory);
  // The watchdog ends the whole group once its stdin is closed, which the kernel does
  // when this process is gone.
  const watched = 'exec 3<&0; (cat <&3 >/dev/null; kill -9 0) & exec "$@" 3<&- </dev/null';
  const child = spawn("sh", ["-c", watched, "sh", ...command], {
    env: { ...options.env, ...env },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const signal = (what: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, what);
    } catch {
      // It has ended already.
    }
  };
  const kill = () => signal("SIGKILL");
  process.once("exit", kill);

  async function stop(): Promise<void> {
    process.removeListener("exit", kill);
    kill();
    await ended;
  }

  const end = performance.now() + readyMs;
  while (!((await answers(port)) && (await listens(grpcPort)))) {
    if (child.exitCode !== null || performance.now() > end) {
      await stop();
      throw new Error(`The ${name} emulator did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    address: `127.0.0.1:${port}`,
    grpcAddress: `127.0.0.1:${grpcPort}`,
    stop,
    freeze: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
  };
}

function commandOf(
  name: EmulatorName,
  port: number,
  grpcPort: number,
  env: EmulatorOptions["env"],
): { command: string[]; env: Record<string, string> } {
  // Nobody looks for Google's metadata server on this machine, and Java must not
  // take a quarter of the memory.
  const java = {
    METADATA_SERVER_DETECTION: "none",
    JAVA_TOOL_OPTIONS: "-Xmx256m",
  };
  if (name === "pubsub") {
    const file = installed(
      join(sdk(), "platform/pubsub-emulator/bin/cloud-pubsub-emulator"),
      "pubsub-emulator",
    );
    demandJava(env);
    return { command: [file, "--host=127.0.0.1", `--port=${port}`], env: java };
  }
  if (name === "firestore") {
    const folder = "platform/cloud-firestore-emulator/cloud_firestore_emulator";
    const file = installed(join(sdk(), folder), "cloud-firestore-emulator");
    demandJava(env);
    return {
      command: [file, "start", "--host=127.0.0.1", `--port=${port}`],
      env: java,
    };
  }
  const ports = [
    "--rest-port",
    String(port),
    "--grpc-port",
    String(grpcPort),
    "--project",
    emulatedProject,
    "--log-level",
    "warning",
  ];
  const named = env["BQEMULATOR"];
  if (named !== undefined) return { command: [named, "start", ...ports], env: {} };
  const home = join(root, ".tools/bqemulator");
  const file = join(home, "bin/bqemulator");
  if (!existsSync(file))
    throw new Error("The BigQuery emulator is not installed: run .ci/emulators (it needs Python 3).");
  return {
    command: [join(home, "bin/python3"), join(import.meta.dirname, "bigquery.py"), "start", ...ports],
    env: { HOME: home },
  };
}

function installed(file: string, component: string): string {
  if (existsSync(file)) return file;
  throw new Error(
    `Google's ${component} is not installed: run gcloud components install ${component} (it needs Java).`,
  );
}

/** As the emulators' own scripts look for it. */
function demandJava({ JAVA_HOME, PATH }: EmulatorOptions["env"]): void {
  const command = JAVA_HOME ? join(JAVA_HOME, "bin/java") : "java";
  try {
    execFileSync(command, ["-version"], { env: { PATH }, stdio: "ignore" });
  } catch {
    throw new Error(
      `Java is not here (${JAVA_HOME ? `JAVA_HOME is ${JAVA_HOME}` : "there is no java on the PATH"}), and Google's ` +
        "emulators of Pub/Sub and Firestore need it: apt-get install default-jre-headless, or brew install openjdk.",
    );
  }
}

let sdkRoot: string | undefined;

function sdk(): string {
  try {
    sdkRoot ??= execFileSync("gcloud", ["info", "--format=value(installation.sdk_root)"], {
      encoding: "utf8",
    }).trim();
    return sdkRoot;
  } catch {
    throw new Error(
      "The Google Cloud CLI is not installed: see https://cloud.google.com/sdk/docs/install, then run " +
        "gcloud components install pubsub-emulator cloud-firestore-emulator.",
    );
  }
}

/** Below the ports that systems give to whoever asks for any, from 32768 or 49152 on: a connection or a
 *  server that begins meanwhile gets none of these. */
const ports = { from: 12_000, to: 32_000 };
const triesMax = 1_000;

/** A port for who listens on it later, as an emulator does that takes seconds to start. Nobody takes it by
 *  chance until then: whoever else asks here finds its twin of UDP taken, which this process holds to its
 * end.
 *  @throws Error where none is found */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = randomInt(ports.from, ports.to);
    if ((await holdsTwin(port)) && (await isFree(port))) return port;
  }
  throw new Error(`No free port from ${ports.from} to ${ports.to} within ${triesMax} tries.`);
}

function holdsTwin(port: number): Promise<boolean> {
  const twin = createSocket("udp4").unref();
  return new Promise((resolve) => {
    twin.once("error", () => twin.close(() => resolve(false)));
    twin.bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true));
  });
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function answers(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      signal: AbortSignal.timeout(2_000),
    });
    await answer.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

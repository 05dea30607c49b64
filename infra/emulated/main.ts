import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { adminPortUsual, urlOption } from "../../functions/admin-port.ts";
import { readConfig, type ConfigSchema } from "../config.ts";
import { asProblem, Problem } from "../../functions/problem.ts";
import { emulatorNames, missingPart } from "./emulators.ts";
import { exampleStreamId } from "../../functions/streams/example.ts";
import { registerStream, start, type Emulated } from "./start.ts";

/** `npm run start:emulated`: the cloud on a laptop. What `npm run build` makes runs as it will in the cloud,
 *  on Google's emulators. Nothing is kept: Ctrl-C ends and forgets everything. */

interface Config {
  PORT: number;
  ADMIN_PORT: number;
}

const port = { type: "integer", minimum: 1, maximum: 65_535 };
const configSchema: ConfigSchema = {
  type: "object",
  properties: {
    PORT: { ...port, default: 8080, description: "port for hits" },
    ADMIN_PORT: {
      ...port,
      default: adminPortUsual,
      description: "port of the admin API",
    },
  },
};

/** In the dataset that the cloud has too. */
const exampleTable = "conversions.orders";
const root = resolve(import.meta.dirname, "../..");
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());

try {
  await run();
} catch (error) {
  const message =
    error instanceof Problem
      ? asProblem(error).message
      : error instanceof Error
        ? error.message
        : String(error);
  process.stderr.write(`afterclick: ${message}\n`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const config = readConfig<Config>(configSchema, process.env);
  const missing = emulatorNames
    .map((name) => missingPart(name, process.env))
    .filter((sentence) => sentence !== undefined);
  if (missing.length > 0) throw new Error(missing.join(" "));
  const folder = mkdtempSync(join(tmpdir(), "afterclick-build-"));
  let cloud: Emulated | undefined;
  try {
    say("Building what Cloud Functions takes, and starting Pub/Sub, Firestore and BigQuery …");
    execFileSync(process.execPath, [join(root, "infra/google/build/main.ts"), folder], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    cloud = await start({
      zipFile: join(folder, "afterclick-function.zip"),
      ports: { collect: config.PORT, admin: config.ADMIN_PORT },
      env: process.env,
      line: (target, line) => {
        if (!line.includes('"severity":"INFO"')) process.stderr.write(`${target}: ${line}\n`);
      },
    });
    // By hand, as an admin of Firestore may: in the cloud nobody has this stream, and
    // its address is no secret.
    await registerStream(cloud.emulator("firestore").address, exampleStreamId, {
      name: "Example",
      table: exampleTable,
      offset: "+00:00",
      key: "orderId",
    });
    say(greeting(cloud));
    if (!stopping.signal.aborted)
      await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));
    say("Stopping: open requests are answered first.");
  } finally {
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  say("Stopped.");
}

function greeting({ collectUrl, deliverUrl, adminUrl, emulator }: Emulated): string {
  const there = urlOption(adminUrl);
  return [
    "Afterclick on Google's emulators",
    `  panel      ${adminUrl}/`,
    `  hits       ${collectUrl}/ds/STREAM_ID`,
    `  admin API  ${adminUrl}  (npx afterclick${there} --help)`,
    `  deliver    ${deliverUrl}  (Pub/Sub pushes there)`,
    `  emulators  Pub/Sub ${emulator("pubsub").address}, Firestore ${emulator("firestore").address}, BigQuery ${emulator("bigquery").address}`,
    "",
    "An example stream is registered. Try it:",
    `  curl -d "orderId=N1&status=delivered&total=120.13&userId=U1" -X POST ${collectUrl}/ds/${exampleStreamId}`,
    `  npx afterclick rows ${exampleTable}${there}`,
    "Nothing is kept: Ctrl-C ends and forgets everything.",
  ].join("\n");
}

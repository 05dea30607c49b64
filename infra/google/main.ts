import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { within } from "../../functions/within.ts";
import { asProblem, Problem } from "../../functions/problem.ts";
import type { Log } from "../../functions/log.ts";
import { readConfig } from "../config.ts";
import { openDoor } from "../http.ts";
import { jsonLog } from "../json-log.ts";
import { configSchema, type Config } from "./config.ts";
import type { Service } from "./service.ts";
import { openTraces } from "./trace.ts";

/** The entry of Cloud Functions: one build, four functions, and FUNCTION_TARGET says
 *  which one an instance is.
 *
 *  The Functions Framework's launcher imports this module and would then serve requests itself, at ten times
 *  the CPU and with bodies lost. This module opens a door of its own on PORT and never finishes loading, so
 *  that the launcher waits for ever. Should it stop waiting one day, its own listening fails, loudly, at the
 *  first deployment; `node main.js` works without it.
 *
 *  Only here the environment and the command line are read and signals are wired. */

/** Cloud Run ends an instance 10 s after SIGTERM: what is not answered until then is not
 *  acknowledged and comes again. */
const drainMs = 8_000;
const closeMs = 1_000;

const write = (line: string): void => void process.stdout.write(line);

try {
  await start();
} catch (error) {
  // One line, and it names what is wrong: the deployment fails with it.
  const detail =
    error instanceof Problem ? asProblem(error).message : String((error as Error)?.stack ?? error);
  jsonLog(write, "error")("ERROR", `Afterclick cannot start. ${detail}`, {
    event: "start_failed",
  });
  process.exit(1);
}
await new Promise(() => {});

async function start(): Promise<void> {
  const env = { ...process.env, ...flags() };
  const config = readConfig<Config>(configSchema(env["FUNCTION_TARGET"]), env);
  const traces = openTraces(config.PROJECT);
  const log = traces.log(jsonLog(write, config.LOG_LEVEL));
  const service = await openService(config, log);
  const door = await openDoor(traces.following(service.handler), {
    // What the platform asks of a container. Source:
    // https://cloud.google.com/run/docs/container-contract#port
    host: "0.0.0.0",
    port: config.PORT,
    log,
    drainMs,
    ...service.door,
  });
  log("INFO", `Afterclick's ${config.FUNCTION_TARGET} listens on port ${door.port}.`, {
    event: "started",
    port: door.port,
  });
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= door
      .drain()
      .then(() => within(closeMs, service.close(), () => undefined))
      .then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  // A terminal's Ctrl-C reaches every process that was started in it.
  process.once("SIGINT", stop);
}

/** `--target` and `--port` of `npx functions-framework`, which hands none of its options on. They go before
 *  the environment, as there; its other options are about what we do not use. */
function flags(): Record<string, string> {
  const named = { target: "FUNCTION_TARGET", port: "PORT" } as const;
  const options = { target: { type: "string" }, port: { type: "string" } } as const;
  const { values } = parseArgs({ options, strict: false, args: process.argv.slice(2) });
  const all = Object.entries(named).map(([flag, name]) => [name, values[flag]] as const);
  return Object.fromEntries(
    all.filter((one): one is [(typeof one)[0], string] => typeof one[1] === "string"),
  );
}

/** Each function loads its own services alone: what is not loaded costs no cold start. */
async function openService(config: Config, log: Log): Promise<Service> {
  switch (config.FUNCTION_TARGET) {
    case "collect":
      return (await import("./collect.ts")).openCollect(config, log);
    case "deliver":
      return (await import("./deliver.ts")).openDeliver(config, log);
    case "admin":
      return (await import("./admin.ts")).openAdmin(config, log, builtVersion());
    case "import":
      return (await import("./import.ts")).openImport(config, log);
  }
}

/** Of the build that this is a part of: its package.json lies beside it. */
function builtVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

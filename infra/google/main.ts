import { readFileSync } from "node:fs";
import { within } from "../../functions/within.ts";
import { asProblem, Problem } from "../../functions/problem.ts";
import type { Log } from "../../functions/log.ts";
import { readConfig } from "../config.ts";
import { openDoor } from "../http.ts";
import { jsonLog } from "../json-log.ts";
import { configSchema, type Config } from "./config.ts";
import type { Ground } from "./ground.ts";
import { openTraces } from "./trace.ts";

/** The entry of Cloud Functions: one build, three functions, and FUNCTION_TARGET says which one an instance is.
 *
 *  The Functions Framework's launcher imports this module and would then serve requests itself, at ten times the CPU and
 *  with bodies lost. This module opens a door of its own on PORT and never finishes loading, so that the launcher waits
 *  for ever. Should it stop waiting one day, its own listening fails, loudly, at the first deployment.
 *
 *  Only here the environment is read and signals are wired. */

/** Cloud Run ends an instance 10 s after SIGTERM: what is not answered until then is not acknowledged and comes again. */
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
  const config = readConfig<Config>(configSchema(process.env["FUNCTION_TARGET"]), process.env);
  const traces = openTraces(config.PROJECT);
  const log = traces.log(jsonLog(write, config.LOG_LEVEL));
  const ground = await openGround(config, log);
  const door = await openDoor(traces.following(ground.handler), {
    // What the platform asks of a container. Source: https://cloud.google.com/run/docs/container-contract#port
    host: "0.0.0.0",
    port: config.PORT,
    log,
    drainMs,
    ...ground.door,
  });
  log("INFO", `Afterclick's ${config.FUNCTION_TARGET} listens on port ${door.port}.`, {
    event: "started",
    port: door.port,
  });
  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= door
      .drain()
      .then(() => within(closeMs, ground.close(), () => undefined))
      .then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  // A terminal's Ctrl-C reaches every process that was started in it.
  process.once("SIGINT", stop);
}

/** Each function loads its own services alone: what is not loaded costs no cold start. */
async function openGround(config: Config, log: Log): Promise<Ground> {
  switch (config.FUNCTION_TARGET) {
    case "collect":
      return (await import("./collect.ts")).openCollect(config, log);
    case "deliver":
      return (await import("./deliver.ts")).openDeliver(config, log);
    case "admin":
      return (await import("./admin.ts")).openAdmin(config, log, builtVersion());
  }
}

/** Of the build that this is a part of: its package.json lies beside it. */
function builtVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

import { once } from "node:events";
import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import { buffer } from "node:stream/consumers";
import { resolve } from "node:path";
import pkg from "./package.json" with { type: "json" };
import { adminPortUsual } from "../functions/admin-port.ts";
import { hearSignals } from "../infra/local/signals.ts";
import { usualWaits, type Settings } from "./command.ts";
import { exitCodes, isFailure, wrongUsage } from "./failure.ts";
import { shown } from "./typed.ts";
import { adminUrl, run } from "./run.ts";
import { readerGone, type Terminal } from "./terminal/terminal.ts";

/** The one file of the CLI that knows the process: its environment, its streams and its signals. */
const { stdin, stdout, stderr, env } = process;

// For Google's credentials: whether this is a machine of theirs is read off its hardware,
// without asking the network.
env["METADATA_SERVER_DETECTION"] ??= "bios-only";

// A reader that leaves (`| head`) is learned from the write that fails; unheard, this event would be a crash.
stdout.on("error", () => {});
stderr.on("error", () => {});

const stop = new AbortController();
// The first one asks, so that a half-written file is taken away. npx passes on what the
// terminal has told us already.
hearSignals(() => stop.abort());

const terminal: Terminal = {
  out(chunk) {
    return new Promise((done, fail) => {
      stdout.write(chunk, (error) => (error ? fail(readerGone(error)) : done()));
    });
  },
  say(line) {
    stderr.write(`${line}\n`);
  },
  width: stdout.isTTY ? Math.max(20, stdout.columns || 80) : undefined,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
  input: stdin.isTTY ? undefined : () => buffer(stdin),
};

async function ask(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: stdin, output: stderr });
  const left = once(lines, "close").then(() => undefined);
  lines.on("SIGINT", () => lines.close());
  try {
    return await Promise.race([lines.question(question), left]);
  } finally {
    lines.close();
  }
}

function readSettings(): Settings {
  const token = filled(env["AFTERCLICK_TOKEN"]);
  return {
    url: adminUrl("AFTERCLICK_URL", filled(env["AFTERCLICK_URL"]) ?? hereUrl(filled(env["ADMIN_PORT"]))),
    dataDir: resolve(filled(env["AFTERCLICK_DATA_DIR"]) ?? ".afterclick"),
    workingDir: process.cwd(),
    by: userName(),
    debug: filled(env["AFTERCLICK_DEBUG"]) !== undefined && env["AFTERCLICK_DEBUG"] !== "0",
    ...(token !== undefined && { token }),
  };
}

/** The server on this machine, where npm start heeds the same variable. */
function hereUrl(port = String(adminPortUsual)): string {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw wrongUsage(`ADMIN_PORT is ${shown(port)}; allowed is a port such as ${adminPortUsual}.`);
  return `http://127.0.0.1:${Number(port) === 0 ? adminPortUsual : port}`;
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username.slice(0, 200);
  } catch {
    return "unknown";
  }
}

async function main(): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings();
  } catch (error) {
    if (!isFailure(error)) throw error;
    terminal.say(`afterclick: ${error.message}`);
    return exitCodes.usage;
  }
  return run(process.argv.slice(2), {
    terminal,
    settings,
    stopped: stop.signal,
    waits: usualWaits,
    version: pkg.version,
  });
}

// No await at top level: the one-file build is a plain script.
void main().then((exitCode) => {
  process.exitCode = exitCode;
});

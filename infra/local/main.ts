import { readFileSync } from "node:fs";
import { asProblem, Problem } from "../../functions/problem.ts";
import { argumentUnknown } from "../../functions/problems.ts";
import { urlOption } from "../../functions/admin-port.ts";
import { readConfig } from "../config.ts";
import { configSchema, type Config } from "./config.ts";
import { textLog } from "./log.ts";
import { exampleStreamId } from "../../functions/streams/example.ts";
import { hearSignals } from "./signals.ts";
import { start, type Running } from "./start.ts";

// Hits are personal data: files and backups are for this user alone.
process.umask(0o077);

/** `npm start`: Afterclick on one machine. Only here the environment is read and signals are wired. */
const stopping = new AbortController();
const stopped = stopping.signal;
// First of all: a start may wait for room on the disk, and who is process 1 of a
// container hears nothing otherwise.
hearSignals(() => {
  process.stdout.write("Stopping: open requests are answered first.\n");
  stopping.abort();
});
try {
  const options = readArguments(process.argv.slice(2));
  const config = readConfig<Config>(configSchema, process.env);
  const log = textLog((line) => process.stderr.write(line), config.LOG_LEVEL);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const running = await start(config, version, log, { ...options, stopped });
  const end = (): Promise<unknown> => running.stop().then(sayStopped);
  if (stopped.aborted) await end();
  else {
    stopped.addEventListener("abort", () => void end());
    process.stdout.write(greeting(running, version));
  }
} catch (error) {
  if (stopped.aborted && error === stopped.reason) sayStopped();
  else if (error instanceof Problem) {
    process.stderr.write(`afterclick: ${asProblem(error).message}\n`);
    process.exitCode = 1;
  } else throw error;
}

function sayStopped(): void {
  process.stdout.write("Stopped.\n");
}

function readArguments(typed: readonly string[]): { acceptLoss: boolean } {
  const unknown = typed.find((argument) => argument !== "--accept-loss");
  if (unknown !== undefined) throw argumentUnknown({ argument: unknown });
  return { acceptLoss: typed.length > 0 };
}

function greeting(
  { collectUrl, adminUrl, panelOrigin, directory, isUntried }: Running,
  version: string,
): string {
  const there = urlOption(adminUrl);
  const lines = [
    `Afterclick ${version}`,
    panelOrigin === undefined
      ? `  panel      ${adminUrl}/  (this machine only)`
      : `  panel      ${panelOrigin}/  (everybody signs in; docs/people.md)`,
    `  hits       ${collectUrl}/ds/STREAM_ID`,
    `  admin API  ${adminUrl}  (npx afterclick${there} --help)`,
    `  data       ${directory}`,
  ];
  if (isUntried) {
    lines.push(
      "",
      "An example stream is registered. Try it:",
      `  curl -d "orderId=N1&status=delivered&total=120.13&userId=U1" -X POST ${collectUrl}/ds/${exampleStreamId}`,
      `  npx afterclick rows example.orders${there}`,
      "Everybody knows this address: it is for trying only. Your own: npx afterclick streams add --help",
    );
  }
  if (there !== "") lines.push(`Commands need${there}, or ADMIN_PORT set as it is here.`);
  return `${lines.join("\n")}\n`;
}

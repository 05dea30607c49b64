import { readFileSync } from "node:fs";
import { asProblem, Problem } from "../../functions/problem.ts";
import { argumentUnknown } from "../../functions/problems.ts";
import { readConfig } from "../config.ts";
import { configSchema, type Config } from "./config.ts";
import { textLog } from "./log.ts";
import { signalCounter } from "./signals.ts";
import { exampleStreamId } from "./example.ts";
import { start, type Running } from "./start.ts";

// Hits are personal data: files and backups are for this user alone.
process.umask(0o077);

/** `npm start`: Afterclick on one machine. Only here the environment is read and signals are wired. */
try {
  const options = readArguments(process.argv.slice(2));
  const config = readConfig<Config>(configSchema, process.env);
  const log = textLog((line) => process.stderr.write(line), config.LOG_LEVEL);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const running = await start(config, version, log, options);
  // Before the greeting: whoever reads it may send a signal at once.
  stopOn(["SIGTERM", "SIGINT"], running);
  process.stdout.write(greeting(running, version));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  process.stderr.write(`afterclick: ${asProblem(error).message}\n`);
  process.exitCode = 1;
}

function readArguments(given: readonly string[]): { acceptLoss: boolean } {
  const unknown = given.find((argument) => argument !== "--accept-loss");
  if (unknown !== undefined) throw argumentUnknown({ argument: unknown });
  return { acceptLoss: given.length > 0 };
}

function stopOn(signals: NodeJS.Signals[], running: Running): void {
  const hear = signalCounter(
    {
      stop: () => {
        process.stdout.write("Stopping: open requests are answered first.\n");
        void running.stop().then(() => process.stdout.write("Stopped.\n"));
      },
      // Nothing that was acknowledged is lost by it.
      hurry: () => process.exit(1),
    },
    () => performance.now(),
  );
  for (const signal of signals) process.on(signal, hear);
}

function greeting({ collectUrl, adminUrl, directory, isUntried }: Running, version: string): string {
  const lines = [
    `Afterclick ${version}`,
    `  hits       ${collectUrl}/ds/STREAM_ID`,
    `  admin API  ${adminUrl}  (this machine only; npx afterclick --help)`,
    `  data       ${directory}`,
  ];
  if (isUntried) {
    lines.push(
      "",
      "An example stream is registered. Try it:",
      `  curl -d "orderId=N1&status=delivered&total=120.13&userId=U1" -X POST ${collectUrl}/ds/${exampleStreamId}`,
      "  npx afterclick rows example.orders",
      "Everybody knows this address: it is for trying only. Your own: npx afterclick streams add --help",
    );
  }
  return `${lines.join("\n")}\n`;
}

/** `npm run bench:google`: the three functions as they are built and deployed, on this machine.
 *  collect into the Pub/Sub emulator, beside the documented way, fastify with Pub/Sub's
 *  client, and bare node:http
 *  deliver  rows into 1, 10 and 500 tables, on a warehouse that only counts
 *  cold     from the start of the process to the first 2xx, beside the documented way
 *  import   (only where it is named) one file of backend events, and the memory that it takes
 *  Whatever is acknowledged is counted on the far side: a fast run that lost one fails.
 *  Options: --only collect,deliver,cold  --seconds N a case (2)  --rounds N (5)  --connections 4,64,256
 *  --tables 1,10,500  --pushes 40,256  --starts N (9)
 *  --mib N of the file (512)  --packed in gzip  --push-seconds N until a push is given up (600)
 *  `--cost` instead counts the operations of a hit and prints what a month costs at
 *  list price (docs/cost.md). */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { missingPart } from "../../infra/emulated/emulators.ts";
import { build } from "../../test/support/google/built.ts";
import { benchCold } from "./cold.ts";
import { benchCollect } from "./collect.ts";
import { printCost } from "./cost.ts";
import { benchImport } from "./import.ts";
import { benchDeliver } from "./deliver.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "collect,deliver,cold" },
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    connections: { type: "string", default: "4,64,256" },
    tables: { type: "string", default: "1,10,500" },
    // 40 is what Terraform lets an instance of deliver have at once.
    pushes: { type: "string", default: "40,256" },
    starts: { type: "string", default: "9" },
    mib: { type: "string", default: "512" },
    packed: { type: "boolean", default: false },
    // As long as a push of Pub/Sub lives.
    "push-seconds": { type: "string", default: "600" },
    cost: { type: "boolean", default: false },
  },
});
const parts = values.cost ? ["cost"] : values.only.split(",");
const known = ["collect", "deliver", "cold", "import", "cost"];
const numbers = (list: string) => list.split(",").map(Number);
const msMax = Number(values.seconds) * 1_000;
const rounds = Number(values.rounds);

const missing = whatIsMissing();
if (missing.length > 0) {
  console.error(missing.join("\n"));
  process.exit(1);
}

console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]!.model.trim()}; load, emulators and fakes run on the same cores.`,
);
if (!values.cost)
  console.log(
    `Median of ${rounds} alternating rounds of ${values.seconds} s a case; CPU over all threads of the server's process.\n`,
  );
const built = build();
try {
  if (parts.includes("cost")) await printCost(built);
  if (parts.includes("collect"))
    await benchCollect({
      built,
      connections: numbers(values.connections),
      msMax,
      rounds,
    });
  if (parts.includes("deliver")) {
    console.log();
    await benchDeliver({
      built,
      tables: numbers(values.tables),
      pushes: numbers(values.pushes),
      msMax,
      rounds,
    });
  }
  if (parts.includes("import"))
    await benchImport(built, {
      mib: Number(values.mib),
      isPacked: values.packed,
      timeoutMs: Number(values["push-seconds"]) * 1_000,
    });
  if (parts.includes("cold")) {
    console.log();
    await benchCold(built, Number(values.starts));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await built.remove();
}

function whatIsMissing(): string[] {
  const files = parts.includes("import")
    ? (["bigquery", "pubsub", "firestore"] as const).map((name) => missingPart(name, process.env))
    : [];
  const sentences = ["collect", "cold"].some((part) => parts.includes(part))
    ? (["pubsub", "firestore"] as const).map((name) => missingPart(name, process.env))
    : [];
  sentences.push(...files);
  const unknown = parts.filter((part) => !known.includes(part));
  if (unknown.length > 0)
    sentences.push(`--only names ${unknown.join(", ")}; allowed are collect, deliver, cold and import.`);
  if (!existsSync("/proc/self/stat"))
    sentences.push("CPU is read from /proc: run it on Linux, or in a container.");
  return sentences.filter((sentence) => sentence !== undefined);
}

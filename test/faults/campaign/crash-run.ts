/** `npm run crash -- --rounds 50`: kills the product under load and counts what is missing. Exit code 1 where
 *  anything is. `--happening "in an append,in a checkpoint"` does only these.
 *  Ctrl-C, or SIGINT, ends it after the round that runs, with its report. */
import { parseArgs } from "node:util";
import { inFolder } from "../../support/folder.ts";
import { endAll } from "../../support/product.ts";
import { crash, moments } from "./crash.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    happening: { type: "string", default: moments.join() },
  },
});
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > 10_000) {
  process.stderr.write(`crash: --rounds is ${values.rounds}; allowed is a whole number from 1 to 10000.\n`);
  process.exit(2);
}
const happening = moments.filter((moment) => values.happening.split(",").includes(moment));
if (happening.length !== values.happening.split(",").length) {
  process.stderr.write(`crash: --happening is ${values.happening}; allowed are ${moments.join(", ")}.\n`);
  process.exit(2);
}
let isEnough = false;
process.once("SIGINT", () => (isEnough = true));
try {
  const report = await inFolder((directory) =>
    crash(directory, {
      rounds,
      happening,
      isEnough: () => isEnough,
      say: (line) => process.stdout.write(`${line}\n`),
    }),
  );
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.wrongs.length === 0 ? 0 : 1;
} finally {
  await endAll();
}

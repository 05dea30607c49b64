/** `npm run crash -- --rounds 50`: kills the product under load and counts what is missing. Exit code 1 where
 *  anything is. `--hits 1500` lets each product acknowledge as many before its kill. `--happening "in an
 *  append,in a checkpoint"` does only these. Ctrl-C, or SIGINT, ends it after the round that runs, with its
 *  report. */
import { parseArgs } from "node:util";
import { inFolder } from "../../support/folder.ts";
import { endAll } from "../../support/product.ts";
import { crash, moments } from "./crash.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    hits: { type: "string", default: "1" },
    happening: { type: "string", default: moments.join() },
  },
});
const [rounds, hitsMin] = (["rounds", "hits"] as const).map((name) => {
  const count = Number(values[name]);
  if (Number.isSafeInteger(count) && count >= 1 && count <= 10_000) return count;
  process.stderr.write(`crash: --${name} is ${values[name]}; allowed is a whole number from 1 to 10000.\n`);
  process.exit(2);
}) as [number, number];
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
      hitsMin,
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

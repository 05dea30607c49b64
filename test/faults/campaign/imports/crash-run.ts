/** `npm run crash:imports -- --rounds 100`: kills the import of files after each of its steps and compares
 *  the tables. Exit code 1 where any differ. Ctrl-C, or SIGINT, ends it after the round that runs. */
import { parseArgs } from "node:util";
import { inFolder } from "../../../support/folder.ts";
import { crashImports, endLives } from "./crash.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "100" } } });
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > 10_000) {
  process.stderr.write(
    `crash:imports: --rounds is ${values.rounds}; allowed is a whole number from 1 to 10000.\n`,
  );
  process.exit(2);
}
let isEnough = false;
process.once("SIGINT", () => (isEnough = true));
try {
  const report = await inFolder((folder) =>
    crashImports(folder, {
      rounds,
      isEnough: () => isEnough,
      say: (line) => process.stdout.write(`${line}\n`),
    }),
  );
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.wrongs.length === 0 ? 0 : 1;
} finally {
  endLives();
}

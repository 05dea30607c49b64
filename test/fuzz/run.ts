/** `npm run fuzz`: 50,000 requests against collect, deliver and admin. Exit code 1 where an answer is none
 *  that docs/http.md or the OpenAPI document declares, or where memory grows. `--seed N` draws others. */
import { parseArgs } from "node:util";
import { inFolder } from "../support/folder.ts";
import { endAll } from "../support/product.ts";
import { fuzz, grownMiBMax } from "./fuzz.ts";
import { noSchemathesis } from "./schemathesis.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, share: { type: "string", default: "1" } },
});
const [seed, share] = [Number(values.seed), Number(values.share)];
if (!Number.isSafeInteger(seed) || !(share > 0 && share <= 1)) {
  process.stderr.write("fuzz: --seed takes a whole number, --share a number above 0 up to 1.\n");
  process.exit(2);
}
const missing = noSchemathesis();
if (missing !== undefined) process.stdout.write(`Left out: ${missing}\n`);
const amounts = {
  collect: 20_000 * share,
  deliver: 12_000 * share,
  admin: 12_000 * share,
  examples: missing === undefined ? 500 * share : 0,
  seed,
};
try {
  const report = await inFolder((directory) =>
    fuzz(directory, amounts, (line) => process.stdout.write(`${line}\n`)),
  );
  const grown = Object.values(report.memory).some(([first, second]) => second - first > grownMiBMax);
  const all = Object.values(report.requests).reduce((sum, one) => sum + one, 0);
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n${all} requests\n`);
  process.exitCode = grown || report.undeclared.length > 0 ? 1 : 0;
} finally {
  await endAll();
}

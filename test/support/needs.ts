import { spawnSync } from "node:child_process";
import { describe, test } from "@jest/globals";

/** Before the sentence that says what is missing: by it the last lines of a run find what was left out. */
const leftOut = "left out: ";

/** Runs the suite where the machine has what it needs. Otherwise its tests are left out by name, and the last
 *  lines of the run say why. With CI set, that fails.
 *  @param missing a sentence with the command that brings it; undefined where nothing is missing */
export function needing(missing: string | undefined, suite: () => void): void {
  if (missing === undefined) return suite();
  if (process.env["CI"] === "true") {
    test("the machine has what the tests need", () => {
      throw new Error(missing);
    });
  } else describe.skip(`${leftOut}${missing}`, suite);
}

/** What a person's shell needs to run the lines that are handed out; a system may come without it. */
export const noCurl =
  spawnSync("curl", ["--version"]).status === 0
    ? undefined
    : "curl is not on the PATH: `apt-get install curl`, `brew install curl`.";

import { test } from "@jest/globals";

/** Runs the suite where the machine has what it needs; says aloud what is missing otherwise. With CI set, that fails.
 *  @param missing a sentence with the remedy; undefined where nothing is */
export function needing(missing: string | undefined, suite: () => void): void {
  if (missing === undefined) return suite();
  if (process.env["CI"] === "true") {
    test("the machine has what the tests need", () => {
      throw new Error(missing);
    });
  } else test.skip(`left out: ${missing}`, () => undefined);
}

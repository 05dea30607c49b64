import { test } from "@jest/globals";

/** Runs the suite where the machine has what it needs; says aloud what is missing otherwise.
 *  @param missing a sentence with the remedy; undefined where nothing is */
export function needing(missing: string | undefined, suite: () => void): void {
  if (missing === undefined) suite();
  else test.skip(`left out: ${missing}`, () => undefined);
}

import { relative } from "node:path";
import Sequencer from "@jest/test-sequencer";

/** What takes longest, by a whole run: a file of these that began last would keep one core waiting. */
const longest = [
  "test/google/warehouse/reading/bodies.test.ts",
  "test/faults/crash.test.ts",
  "test/terraform/terraform.test.ts",
  "test/google/end-to-end.test.ts",
  "test/panel/snippets/running.test.ts",
  "test/budget/budget.test.ts",
  "test/google/queue/queue.test.ts",
  "test/google/move.test.ts",
  "test/browser/people.test.ts",
  "test/e2e/first-run.test.ts",
  "test/local/warehouse/reading/bodies.test.ts",
  "test/browser/odd/bodies.test.ts",
  "test/faults/full-disk.test.ts",
  "test/local/folder/house.test.ts",
  "test/browser/odd/injection.test.ts",
  "test/fuzz/fuzz.test.ts",
  "test/faults/gone-file.test.ts",
  "test/browser/imports/guide.test.ts",
  "test/google/imports.test.ts",
  "test/faults/campaign/imports/crash.test.ts",
];

/** jest's own order goes by how long each took last time, which a fresh clone doesn't know. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path, context }) => {
      const found = longest.indexOf(relative(context.config.rootDir, path));
      return found < 0 ? longest.length : found;
    };
    return super.sort(tests).sort((one, other) => place(one) - place(other));
  }
}

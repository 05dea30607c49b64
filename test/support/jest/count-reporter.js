import { relative } from "node:path";

const leftOut = "left out: ";
const namesMax = 3;

/** The last lines of a run: what was left out and the command that brings it, then the runner's own
 *  counts. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: pending,
      numTodoTests: todo,
    } = results;
    // A file that could not even be loaded is a failure that no test counts.
    const broken = results.numRuntimeErrorTestSuites;
    this.lines = [
      ...leftOutLines(results),
      `${passed} passed, ${failed + broken} failed, ${pending + todo} skipped`,
    ];
    process.on("exit", () => process.stdout.write(`${this.lines.join("\n")}\n`));
  }
}

/** By reason, then by file. needs.ts writes the reasons. */
export function leftOutLines(results, root = process.cwd()) {
  const files = new Map();
  for (const { testFilePath, testResults } of results.testResults)
    for (const { ancestorTitles, title } of testResults) {
      const reason = ancestorTitles.find((name) => name.startsWith(leftOut));
      if (reason === undefined) continue;
      const ofReason = files.get(reason) ?? new Map();
      files.set(reason, ofReason);
      ofReason.set(testFilePath, [...(ofReason.get(testFilePath) ?? []), title]);
    }
  return [...files].flatMap(([reason, ofReason]) => [
    `${reason[0].toUpperCase()}${reason.slice(1)}`,
    ...[...ofReason].map(([file, titles]) => `  ${relative(root, file)}: ${named(titles)}`),
  ]);
}

function named(titles) {
  const more = titles.length - namesMax;
  const first = titles.slice(0, namesMax).join("; ");
  return `${titles.length} ${titles.length === 1 ? "test" : "tests"}: ${first}${more > 0 ? `; and ${more} more` : ""}`;
}

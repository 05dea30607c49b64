/** The last line of a run: the runner's own counts, and nothing else. */
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
    this.line = `${passed} passed, ${failed + broken} failed, ${pending + todo} skipped`;
    process.on("exit", () => process.stdout.write(`${this.line}\n`));
  }
}

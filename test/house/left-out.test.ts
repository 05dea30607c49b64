import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");

/** `npm test` of one file, on a machine that has Node and nothing else. */
function run(env: Record<string, string>) {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      "node_modules/jest/bin/jest.js",
      "test/terraform/offline.test.ts",
    ],
    { cwd: root, env: { PATH: "", ...env }, encoding: "utf8" },
  );
  return { status, lines: stdout.trimEnd().split("\n") };
}

test("what the machine lacks is named in the last lines, with the tests that were left out and the command that brings it", () => {
  const { status, lines } = run({});
  expect(status).toBe(0);
  const [reason, file, counts] = lines.slice(-3);
  expect(reason).toMatch(/^Left out: Terraform 1\.9 or newer is not on the PATH: `brew install /);
  expect(file).toBe(
    "  test/terraform/offline.test.ts: 18 tests: init downloads nothing; validate accepts the stack; validate refuses an unknown argument; and 15 more",
  );
  expect(counts).toBe("0 passed, 0 failed, 18 skipped");
});

test("with CI=true nothing may be left out", () => {
  const { status, lines } = run({ CI: "true" });
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
});

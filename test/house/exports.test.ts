import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");

test("nothing is exported, kept or installed that nobody uses (knip)", () => {
  const knip = [join(root, "node_modules/knip/bin/knip.js"), "--no-progress", "--no-config-hints"];
  const { status, stdout, stderr } = spawnSync(process.execPath, knip, { cwd: root, encoding: "utf8" });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
});

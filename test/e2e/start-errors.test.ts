import { spawnSync } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";

/** What a person reads who starts it where something is missing. */

const root = join(import.meta.dirname, "../..");

/** Starts a clone whose node_modules hold these files. @param version of the Node that
 *  the machine seems to have */
function startIn(files: readonly string[], version: string, main: string) {
  return inFolder(async (clone) => {
    for (const folder of ["infra", "functions"])
      await cp(join(root, folder), join(clone, folder), { recursive: true });
    await writeFile(join(clone, "package.json"), '{ "type": "module" }');
    for (const file of files) {
      await mkdir(join(clone, "node_modules", file, ".."), { recursive: true });
      await writeFile(join(clone, "node_modules", file), "");
    }
    const seems = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } })`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", `data:text/javascript,${encodeURIComponent(seems)}`, main],
      { cwd: clone, encoding: "utf8", env: { PATH: process.env["PATH"] } },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    return stderr;
  });
}

const old = "afterclick: this is Node 20.20.2; 22.18 or newer is needed.";

test.each([
  [
    "npm ci --omit=dev",
    ["ajv/package.json"],
    "`npm ci` brings Node 24, but not with --omit=dev: run `npm ci` without it, then `npm start`; or install a newer Node.",
  ],
  [
    "npm ci --ignore-scripts",
    ["ajv/package.json", "node/package.json"],
    "`npm ci` brings Node 24, but not with --ignore-scripts: run `npm ci` without it, then `npm start`; or install a newer Node.",
  ],
  ["nothing", [], "Run `npm ci`, which brings Node 24, then `npm start`."],
  [
    "npm ci, and started without npm",
    ["node/package.json", "node/bin/node"],
    "`npm ci` has brought Node 24: start with `npm start`, which uses it.",
  ],
])("on Node 20 after %s, the start says in one line what to do", async (_name, files, remedy) => {
  expect(await startIn(files, "20.20.2", "infra/local/main.mjs")).toBe(`${old} ${remedy}\n`);
});

test("on a newer Node without packages, the start says which is missing, and what to do", async () => {
  expect(await startIn([], process.versions.node, "infra/local/main.mjs")).toBe(
    "afterclick: Cannot find package 'ajv': run `npm ci`, then `npm start`.\n",
  );
});

test("the run on emulators says so too", async () => {
  expect(await startIn([], "20.20.2", "infra/emulated/main.mjs")).toBe(
    `${old} Run \`npm ci\`, which brings Node 24, then \`npm run start:emulated\`.\n`,
  );
});

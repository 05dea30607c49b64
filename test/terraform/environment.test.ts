import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readConfig } from "../../infra/config.ts";
import { configSchema, targets, type Target } from "../../infra/google/config.ts";
import { build, type Built } from "../support/google/built.ts";
import { read } from "./source.ts";

const locals = read("locals.tf");
const functions = read("functions.tf");

let built: Built;
beforeAll(() => {
  built = build();
});
afterAll(() => built.remove());
const inZip = (path: string) => readFileSync(join(built.folder, path), "utf8");

/** The names that a map of locals.tf sets. */
function names(map: string): string[] {
  const block = new RegExp(
    `^  ${map} += (?:merge\\(local\\.common_env, )?\\{\\n([\\s\\S]*?)^  \\}`,
    "m",
  ).exec(locals)?.[1];
  expect(block).toBeDefined();
  return [...block!.matchAll(/^ {4}([A-Z_]+) +=/gm)].map(([, name]) => name!);
}

const setBy: Record<Target, string[]> = {
  collect: [...names("common_env"), ...names("collect_env")],
  deliver: [...names("common_env"), ...names("deliver_env")],
  admin: [...names("common_env"), ...names("admin_env")],
  import: [...names("common_env"), ...names("import_env")],
};
/** The platform sets these; tests set the emulators'. */
const notOurs = /^(FUNCTION_TARGET|PORT|.*_EMULATOR_.*)$/;

test.each(targets)("Terraform sets every variable that %s reads, and no other", (target) => {
  const read = Object.keys(configSchema(target).properties).filter((name) => !notOurs.test(name));
  expect(setBy[target].sort()).toEqual(read.sort());
});

test.each(targets)("nothing that %s requires is left out", (target) => {
  for (const name of configSchema(target).required ?? []) {
    if (!notOurs.test(name)) expect(setBy[target]).toContain(name);
  }
});

/** What the run `the_environment_is_what_the_functions_read` finds set, which is what a plan
 *  with the defaults sets. */
function planned(target: Target): Record<string, string> {
  const run =
    /^run "the_environment_is_what_the_functions_read" \{\n(.*?)^\}/ms.exec(
      read("tests/decisions.tftest.hcl"),
    )?.[1] ?? "";
  const map = new RegExp(
    `google_cloudfunctions2_function\\.${target}\\.service_config\\[0\\]\\.environment_variables == tomap\\(\\{\n(.*?)^ *\\}\\)`,
    "ms",
  ).exec(run)?.[1];
  expect(map).toBeDefined();
  return Object.fromEntries(
    map!
      .trim()
      .split("\n")
      .map((line) => /^ *([A-Z_]+) += "([^"]*)"$/.exec(line)!.slice(1)),
  ) as Record<string, string>;
}

test.each(targets)("%s starts with what Terraform sets: every value is one that it takes", (target) => {
  const env = planned(target);
  expect(Object.keys(env).sort()).toEqual(setBy[target].sort());
  const config = readConfig<Record<string, unknown>>(configSchema(target), {
    ...env,
    FUNCTION_TARGET: target,
  });
  for (const [name, value] of Object.entries(env))
    expect([name, String(config[name])]).toEqual([name, value]);
});

test("a value that a function refuses is noticed here", () => {
  const env = { ...planned("collect"), FUNCTION_TARGET: "collect" };
  expect(() => readConfig(configSchema("collect"), { ...env, TOPIC: "afterclick-hits" })).toThrow("TOPIC");
});

test("the runtime is the one that the code is built for", () => {
  const runtime = /^variable "runtime" \{\n.*?^  default += "nodejs(\d+)"$/ms.exec(read("variables.tf"))?.[1];
  const { engines } = JSON.parse(inZip("package.json")) as {
    engines: { node: string };
  };
  expect(engines.node).toBe(`${runtime}.x`);
});

test("the zip holds at its root what Cloud Functions looks for there, and builds nothing", () => {
  const facts = JSON.parse(inZip("package.json")) as {
    main: string;
    version: string;
    scripts: Record<string, string>;
  };
  expect(facts.main).toBe("main.js");
  expect(inZip("main.js")).toContain("FUNCTION_TARGET");
  expect(JSON.parse(inZip("package-lock.json"))).toMatchObject({
    version: facts.version,
  });
  expect(facts.scripts).toEqual({ "gcp-build": "" });
});

test.each(targets)("the entry point %s is one that the code knows", (target) => {
  expect(functions).toMatch(new RegExp(`entry_point += "${target}"`));
});

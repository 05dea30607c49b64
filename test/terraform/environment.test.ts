import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { configSchema, targets, type Target } from "../../infra/google/config.ts";

const locals = readFileSync(new URL("../../terraform/locals.tf", import.meta.url), "utf8");
const functions = readFileSync(new URL("../../terraform/functions.tf", import.meta.url), "utf8");

/** The names that a map of locals.tf sets. */
function names(map: string): string[] {
  const block = new RegExp(`^  ${map} += (?:merge\\(local\\.common_env, )?\\{\\n([\\s\\S]*?)^  \\}`, "m").exec(locals)?.[1];
  expect(block).toBeDefined();
  return [...block!.matchAll(/^ {4}([A-Z_]+) +=/gm)].map(([, name]) => name!);
}

const setBy: Record<Target, string[]> = {
  collect: [...names("common_env"), ...names("collect_env")],
  deliver: [...names("common_env"), ...names("deliver_env")],
  admin: [...names("common_env"), ...names("admin_env")],
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

test.each(targets)("the entry point %s is one that the code knows", (target) => {
  expect(functions).toMatch(new RegExp(`entry_point += "${target}"`));
});

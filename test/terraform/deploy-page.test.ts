import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { textOf } from "./source.ts";
import { root } from "./tool.ts";

/** docs/deploy.md is copied from, block by block, by somebody in a hurry. */

const page = readFileSync(join(root, "docs/deploy.md"), "utf8");
const shell = (text: string) => [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!);
const [firstDay, dayTwo] = page.split("\n## Day two\n") as [string, string];

test.each(shell(dayTwo))("a block of day two begins and ends in the root of the clone: %#", (block) => {
  // In brackets it is a shell of its own.
  expect(block).not.toMatch(/^cd /m);
  for (const [line] of block.matchAll(/^terraform .*/gm))
    expect(line).toMatch(/^terraform -chdir=terraform\/examples\/minimal /);
});

test("day two sets each variable of its shell before it uses it", () => {
  const used = shell(dayTwo).flatMap((block) => [...block.matchAll(/\$([A-Z_]+)/g)].map(([, name]) => name!));
  const own = shell(dayTwo)[0]!;
  for (const name of new Set(used)) if (!["PWD", "OLDPWD"].includes(name)) expect(own).toContain(`${name}=`);
});

test("a rollback takes the code back and leaves the module alone", () => {
  const rollback = /^### Rollback\n(.*?)^### /ms.exec(dayTwo)![1]!;
  expect(shell(rollback).join("")).not.toContain("git checkout");
  expect(shell(rollback)[0]).toContain("gcloud storage cp");
});

test("nobody's billing account is taken without asking", () => {
  const [list, link] = shell(firstDay);
  expect(list).toContain("gcloud billing accounts list");
  expect(link).toContain('--billing-account="$BILLING_ACCOUNT"');
});

test.each([
  ["gcloud org-policies", "orgpolicy.googleapis.com"],
  ['gcloud beta services identity create --service="$api', "cloudkms.googleapis.com"],
])("the block of `%s` switches on %s", (command, api) => {
  const block = shell(firstDay).find((text) => text.includes(command));
  expect(block).toMatch(new RegExp(`^gcloud services enable .*${api.replaceAll(".", "\\.")}`, "m"));
});

test("every alert of the production example is explained", () => {
  const alerts = [...textOf("examples/production").matchAll(/\bsays = "([^"]+)"/g)].map(([, name]) => name!);
  expect(alerts).toHaveLength(3);
  for (const alert of alerts) expect(page).toContain(`| ${alert} `);
});

test("docs/cost.md counts the conditions of all alerts", () => {
  const cost = readFileSync(join(root, "docs/cost.md"), "utf8");
  const waitingForThree = 2;
  const count = (pattern: RegExp, folder: string) => [...textOf(folder).matchAll(pattern)].length;
  const module = count(/^ {8,}says +=|= \[merge\(local\.full,/gm, ".") + waitingForThree;
  const words = ["six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
  const front = 3 * count(/^ {2}conditions \{$/gm, "examples/production");
  expect(cost).toContain(
    `has ${words[module - 6]} conditions at most, \`examples/production\` ${words[front - 6]} more`,
  );
});

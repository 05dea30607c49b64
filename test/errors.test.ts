import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { reasons } from "../functions/letters/letter.ts";
import { catalogue } from "../functions/problems.ts";

const page = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
const rows = [...page.matchAll(/^\| `([a-z_]+)` +\| (\d{3}) +\| (.+?) +\|$/gm)].map(
  ([, code, status, advice]) => ({
    code: code!,
    status: Number(status),
    advice: advice!,
  }),
);

test("docs/errors.md has every error once, with its status and what to do, and no other", () => {
  const documented = rows.map(({ code, status }) => `${code} ${status}`).sort();
  const existing = [...catalogue.values()].map(({ code, status }) => `${code} ${status}`).sort();
  expect(documented).toEqual(existing);
});

test("every reason of a dead letter stands under its own heading", () => {
  const section = page.slice(page.indexOf("## Reasons of dead letters"), page.indexOf("## The admin API"));
  for (const reason of reasons) expect(section).toContain(`| \`${reason}\``);
});

test("codes are lower snake case", () => {
  for (const code of catalogue.keys()) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
});

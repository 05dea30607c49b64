import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { reasons } from "../../functions/letters/letter.ts";
import { createAdmin } from "../../functions/api/admin.ts";
import { createCollect } from "../../functions/collect/collect.ts";
import { problemDocument } from "../../functions/problem.ts";
import { catalogue, notFound } from "../../functions/problems.ts";
import { snippets } from "../../panel/snippets/snippets.ts";
import { request } from "../support/request.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
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

test("the type of each error leads to it, on the page that collect and the admin API serve", async () => {
  const nothing = {} as never;
  const collect = createCollect({ streams: nothing, queue: nothing, now: Date.now });
  const admin = createAdmin({ snippets } as never);
  const [one, other] = await Promise.all(
    [collect, admin].map((door) => door(request({ method: "GET", path: "/errors" }))),
  );
  expect(one).toEqual(other);
  expect(one).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
  for (const [code, raise] of catalogue) {
    expect(one!.body).toContain(`<dt id="${code}">`);
    expect(raise.title).not.toMatch(/[<&]/);
  }
  expect(problemDocument(notFound())["type"]).toBe("/errors#not_found");
  expect(() => collect(request({ method: "POST", path: "/errors" }))).toThrow("GET, HEAD");
});

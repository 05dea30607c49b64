import { expect, test } from "@jest/globals";
import { usualFields } from "../../../functions/import/registered/fields.ts";
import { afterclick, fakeAdmin } from "../../support/cli.ts";

const crm = { name: "crm", zone: "Europe/Amsterdam", ...usualFields, added_at: 0, added_by: "maria" };

test("imports add sends what was typed and nothing else, and shows what is set", async () => {
  await using admin = await fakeAdmin({ "POST /v1/imports": { status: 201, json: crm } });
  const typed = [
    "imports",
    "add",
    "crm",
    "--zone",
    "Europe/Amsterdam",
    "--expected",
    "mon,FRI",
    "--reject-rows",
    "0",
  ];
  const { code, out } = await afterclick(typed, { url: admin.url });
  expect(code).toBe(0);
  expect(out).toMatch(/^zone +Europe\/Amsterdam$/m);
  expect(out).toMatch(/^due +02:00$/m);
  expect(admin.asked.map(({ body }) => body)).toEqual([
    { name: "crm", zone: "Europe/Amsterdam", expected: ["mon", "fri"], reject_rows: 0 },
  ]);
});

test("imports update sets, and puts back to what is usual", async () => {
  await using admin = await fakeAdmin({ "PATCH /v1/imports/crm": { json: crm } });
  const typed = ["imports", "update", "crm", "--mode", "append", "--reset", "encoding", "--reset", "due"];
  expect((await afterclick(typed, { url: admin.url })).code).toBe(0);
  expect(admin.asked.map(({ body }) => body)).toEqual([{ mode: "append", encoding: null, due: "02:00" }]);
});

test.each([
  [["imports", "add", "crm"], "needs --zone"],
  [["imports", "add", "crm", "--zone", "Nowhere"], "allowed is a zone"],
  [["imports", "add", "crm", "--zone", "UTC", "--expected", "monday"], "mon,tue"],
  [["imports", "update", "crm"], "something to change"],
  [["imports", "update", "crm", "--reset", "zone"], "allowed are encoding"],
  [["imports", "update", "crm", "--due", "03:00", "--reset", "due"], "contradict"],
])("%s is refused before anything is sent", async (typed, says) => {
  const { code, err } = await afterclick(typed, { url: "http://127.0.0.1:1" });
  expect([code, err]).toEqual([2, expect.stringContaining(says)]);
});

test("imports list and imports show print what the server says", async () => {
  await using admin = await fakeAdmin({
    "GET /v1/imports": { json: { imports: [crm] } },
    "GET /v1/imports/crm": { json: crm },
  });
  const list = await afterclick(["imports", "list"], { url: admin.url });
  expect(list.out).toMatch(/^crm +\| Europe\/Amsterdam \| 02:00 \| mon,tue,wed,thu,fri,sat,sun \| correct$/m);
  const show = await afterclick(["imports", "show", "crm", "--json"], { url: admin.url });
  expect(JSON.parse(show.out)).toEqual(crm);
});

import { expect, test } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { usualFields } from "../../../functions/import/registered/fields.ts";
import { afterclick, fakeAdmin } from "../../support/cli.ts";
import { inFolder } from "../../support/folder.ts";

const crm = {
  name: "crm",
  zone: "Europe/Amsterdam",
  ...usualFields,
  added_at: 0,
  added_by: "maria",
  next_deadline: { date: "2026-11-21", due_at: Date.UTC(2026, 10, 22, 1) },
};

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
    "--holidays",
    "2026-12-25, 2026-12-26",
    "--rows-min",
    "5",
    "--reject-rows",
    "0",
  ];
  const { code, out } = await afterclick(typed, { url: admin.url });
  expect(code).toBe(0);
  expect(out).toMatch(/^zone +Europe\/Amsterdam$/m);
  expect(out).toMatch(/^due +02:00$/m);
  expect(out).toMatch(/^next deadline +2026-11-22T01:00:00Z for 2026-11-21$/m);
  expect(admin.asked.map(({ body }) => body)).toEqual([
    {
      name: "crm",
      zone: "Europe/Amsterdam",
      expected: ["mon", "fri"],
      holidays: ["2026-12-25", "2026-12-26"],
      rows_min: 5,
      reject_rows: 0,
    },
  ]);
});

test("imports update sets, and puts back to what is usual", async () => {
  await using admin = await fakeAdmin({ "PATCH /v1/imports/crm": { json: crm } });
  const typed = ["imports", "update", "crm", "--mode", "append", "--reset", "encoding", "--reset", "due"];
  typed.push("--reset", "rows-min", "--reset", "holidays");
  expect((await afterclick(typed, { url: admin.url })).code).toBe(0);
  expect(admin.asked.map(({ body }) => body)).toEqual([
    { mode: "append", encoding: null, due: "02:00", rows_min: null, holidays: [] },
  ]);
});

test("imports update reads which web events there are from a file, and takes them away again", async () => {
  const web_events = { preset: "ga4", table: "analytics_1.events_" };
  await using admin = await fakeAdmin({ "PATCH /v1/imports/crm": { json: { ...crm, web_events } } });
  await inFolder(async (workingDir) => {
    await writeFile(join(workingDir, "web.json"), JSON.stringify(web_events));
    const update = (...typed: string[]) =>
      afterclick(["imports", "update", "crm", ...typed], { url: admin.url, workingDir });
    expect((await update("--web-events", "web.json")).out).toMatch(
      /^web events: table +analytics_1\.events_$/m,
    );
    await update("--reset", "web-events");
    expect((await update("--web-events", "none.json")).err).toContain("none.json cannot be read as JSON");
  });
  expect(admin.asked.map(({ body }) => body)).toEqual([{ web_events }, { web_events: null }]);
});

test.each([
  [["imports", "add", "crm"], "needs --zone"],
  [["imports", "add", "crm", "--zone", "Nowhere"], "allowed is a zone"],
  [["imports", "add", "crm", "--zone", "UTC", "--expected", "monday"], "mon,tue"],
  [["imports", "add", "crm", "--zone", "UTC", "--holidays", "2026-02-30"], "YYYY-MM-DD"],
  [["imports", "days", "crm", "--from", "yesterday"], "YYYY-MM-DD"],
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
  expect(list.out).toMatch(
    /^crm +\| Europe\/Amsterdam \| 02:00 \| mon,tue,wed,thu,fri,sat,sun \| correct \| 2026-11-22T01:00:00Z for 2026-11-21$/m,
  );
  const show = await afterclick(["imports", "show", "crm", "--json"], { url: admin.url });
  expect(JSON.parse(show.out)).toEqual(crm);
});

test("imports days prints a line a day, and how late it came", async () => {
  const due_at = Date.UTC(2026, 10, 21, 1);
  const days = [
    {
      date: "2026-11-20",
      due_at,
      state: "late",
      rows: 3,
      first_arrival: due_at + 11_400_000,
      late_by: 11_400_000,
    },
    { date: "2026-11-21", due_at: due_at + 86_400_000, state: "waiting", rows: 0 },
  ];
  await using admin = await fakeAdmin({
    "GET /v1/imports/crm/days?from=2026-11-20&to=2026-11-21": { json: { days } },
    "GET /v1/imports/crm/days?from=2027-01-01": { json: { days: [] } },
  });
  const typed = ["imports", "days", "crm", "--from", "2026-11-20", "--to", "2026-11-21"];
  const { code, out } = await afterclick(typed, { url: admin.url });
  expect(code).toBe(0);
  expect(out).toMatch(
    /^2026-11-20 +\| late +\| +3 \| 2026-11-21T01:00:00Z +\| 2026-11-21T04:10:00Z +\| 3 h 10 min late *$/m,
  );
  expect(out).toMatch(/^2026-11-21 +\| waiting +\| +0 /m);
  expect(JSON.parse((await afterclick([...typed, "--json"], { url: admin.url })).out)).toEqual(days);
  const none = await afterclick(["imports", "days", "crm", "--from", "2027-01-01"], { url: admin.url });
  expect([none.code, none.err]).toEqual([0, expect.stringContaining("No day")]);
});

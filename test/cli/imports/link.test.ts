import { expect, test } from "@jest/globals";
import { afterclick, fakeAdmin } from "../../support/cli.ts";

const done = {
  source: "site.leads",
  first: "2026-11-17",
  last: "2026-11-21",
  changed: 12,
  linked: 9,
  moved: 1,
};
const report = {
  events: 40,
  linked: 31,
  waiting: 8,
  unlinked: 1,
  by_date: [],
  by_ev: [],
  by_reference_ev: [],
  reasons: [
    {
      reason: "id_near",
      events: 9,
      examples: [
        { date: "2026-11-20", ev: "deal", reference_ev: "lead", reference_id: "AB-12", says: "Found ab-12." },
      ],
    },
  ],
  web_events: [
    { ev: "lead", events: 200, without_id: 76 },
    { ev: "call", events: 10, without_id: 0 },
  ],
};
const answers = {
  "POST /v1/imports/crm/link": { json: done },
  "GET /v1/imports/crm/links": { json: report },
};

test("imports link sends which columns are what, and tells what came of it", async () => {
  await using admin = await fakeAdmin(answers);
  const cells = [
    "--ev",
    "=lead",
    "--transaction-id",
    "fields:$.order.id",
    "--web-event-id",
    "a",
    "--web-event-id",
    "b",
  ];
  const typed = ["imports", "link", "crm", "--table", "site.leads", "--preset", "stream", ...cells, "--all"];
  typed.push("--order", "any", "--after-days", "0");
  const { code, out } = await afterclick(typed, { url: admin.url });
  expect(code).toBe(0);
  expect(out).toMatch(/^linked +31 of 40 \(77.5 %\)$/m);
  expect(out).toMatch(/^changed +12: 9 linked now, 1 to another web event than before$/m);
  expect(out).toMatch(/^id_near +\| +9 \| AB-12 +\| Found ab-12\.$/m);
  expect(out).toContain(
    "76 of 200 web events lead carry no transaction_id (38 %): those can never be linked.",
  );
  expect(out).not.toContain("call");
  expect(admin.asked.map(({ method, path, body }) => [method, path, body])).toEqual([
    [
      "POST",
      "/v1/imports/crm/link",
      {
        table: "site.leads",
        preset: "stream",
        ev: "=lead",
        transaction_id: "fields:$.order.id",
        web_event_id: ["a", "b"],
        order: "any",
        after_days: 0,
        all: true,
      },
    ],
    ["GET", "/v1/imports/crm/links?source=site.leads", ""],
  ]);
  const asJson = await afterclick([...typed, "--json"], { url: admin.url });
  expect(JSON.parse(asJson.out)).toEqual({ ...done, report });
});

test.each([
  [["imports", "link", "crm"], "needs --table"],
  [["imports", "link", "crm", "--table", "a.b", "--preset", "ga3"], "ga4"],
  [["imports", "link", "crm", "--table", "a.b", "--time-unit", "days"], "timestamp"],
  [["imports", "link", "crm", "--table", "a.b", "--look-back-days", "-1"], "0 to 10000"],
])("%s is refused before anything is sent", async (typed, says) => {
  const { code, err } = await afterclick(typed, { url: "http://127.0.0.1:1" });
  expect([code, err]).toEqual([2, expect.stringContaining(says)]);
});

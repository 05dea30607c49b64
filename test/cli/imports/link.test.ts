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
  several: 3,
  value: "1200.5",
  linked_value: "800",
  by_date: [
    {
      name: "2026-11-20",
      events: 40,
      linked: 31,
      waiting: 8,
      unlinked: 1,
      several: 3,
      value: "1200.5",
      linked_value: "800",
    },
  ],
  by_ev: [],
  by_reference_ev: [],
  days_between: [{ days: 1, events: 31 }],
  last_run: { ended_at: 1_795_000_000_000, code: "table_missing", detail: "site.leads is not there." },
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

test("imports link needs no table where the import keeps one, and --keep has it kept first", async () => {
  const patched = { "PATCH /v1/imports/crm": { json: { name: "crm" } } };
  await using admin = await fakeAdmin({ ...answers, ...patched });
  const typed = ["imports", "link", "crm"];
  expect((await afterclick([...typed, "--all"], { url: admin.url })).code).toBe(0);
  const named = ["--preset", "ga4", "--table", "analytics_1.events_", "--after-days", "0"];
  await afterclick([...typed, ...named, "--first", "2026-11-01", "--keep"], { url: admin.url });
  const sent = admin.asked.filter(({ method }) => method !== "GET");
  expect(sent.map(({ method, body }) => [method, body])).toEqual([
    ["POST", { all: true }],
    ["PATCH", { web_events: { preset: "ga4", table: "analytics_1.events_", after_days: 0 } }],
    ["POST", { first: "2026-11-01" }],
  ]);
});

test("imports links tells by day how many are linked and what linking by itself met, and gives events as CSV", async () => {
  await using admin = await fakeAdmin({
    ...answers,
    "GET /v1/imports/crm/links/events.csv": (_request, response) =>
      response.writeHead(200, { "content-type": "text/csv" }).end("event_id\r\n1\r\n"),
  });
  const typed = ["imports", "links", "crm", "--first", "2026-11-01"];
  const { code, out } = await afterclick(typed, { url: admin.url });
  expect(code).toBe(0);
  expect(out).toMatch(/^value +800 of 1200\.5$/m);
  expect(out).toMatch(/^by itself +\S+: table_missing: site\.leads is not there\.$/m);
  expect(out).toMatch(/^2026-11-20 \| +40 \| 31 \(77\.5 %\) \| +8 \| +1$/m);
  const csv = await afterclick([...typed, "--csv", "--state", "unlinked"], { url: admin.url });
  expect(csv.out).toBe("event_id\r\n1\r\n");
  expect(admin.asked.map(({ path }) => path)).toEqual([
    "/v1/imports/crm/links?first=2026-11-01",
    "/v1/imports/crm/links/events.csv?first=2026-11-01&state=unlinked",
  ]);
});

test.each([
  [["imports", "link", "crm", "--keep"], "needs --table"],
  [["imports", "links", "crm", "--state", "linked"], "give --csv"],
  [["imports", "link", "crm", "--table", "a.b", "--preset", "ga3"], "ga4"],
  [["imports", "link", "crm", "--table", "a.b", "--time-unit", "days"], "timestamp"],
  [["imports", "link", "crm", "--table", "a.b", "--look-back-days", "-1"], "0 to 10000"],
])("%s is refused before anything is sent", async (typed, says) => {
  const { code, err } = await afterclick(typed, { url: "http://127.0.0.1:1" });
  expect([code, err]).toEqual([2, expect.stringContaining(says)]);
});

import { afterEach, expect, jest, test } from "@jest/globals";
import { afterclick, fakeAdmin, stopClock } from "../../support/cli.ts";
import { id, leads } from "./leads.ts";

afterEach(() => void jest.restoreAllMocks());

const today = { date: "2026-11-27", hits: 312, tests: 2, refused: 3, dead_letters: 0, checked: false };
const reasons = { refused_reasons: { stream_paused: 2, too_large: 1 } };
const found = {
  id,
  stream_ref: "5403e49f9c61",
  name: "Leads",
  last_hit_at: Date.parse("2026-11-27T10:27:00Z"),
  today: { ...today, ...reasons },
  week_ago: { date: "2026-11-20", hits: 298 },
  days: [
    { date: "2026-11-24", checked: false },
    { ...today, date: "2026-11-25", hits: 400, checked: true, difference: 0 },
    { ...today, date: "2026-11-26", hits: 410, checked: true, difference: 7 },
    today,
  ],
  dead_letters_waiting: 4,
};
const at = Date.parse("2026-11-27T10:30:00Z");

test("activity tells the last hit, today, the days, what was refused and what waits", async () => {
  await using admin = await fakeAdmin({
    [`GET /v1/streams/${id}`]: { json: leads },
    "GET /v1/activity": { json: { at, streams: [found] } },
    "POST /v1/activity/check": {
      json: { days: 2, differing: 1, skipped: [{ table: "crm.leads", why: "Away." }] },
    },
  });
  const { code, out, err } = await afterclick(["activity", id], { url: admin.url });
  expect(code).toBe(0);
  // A day that is over and not checked is counted first.
  expect(admin.asked.map(({ path }) => path).slice(1)).toEqual([
    `/v1/activity?stream_id=${id}`,
    "/v1/activity/check",
    `/v1/activity?stream_id=${id}`,
  ]);
  expect(admin.asked.at(2)?.body).toEqual({ stream_id: id });
  expect(err).toBe("crm.leads could not be counted: Away.\n");
  expect(admin.asked.at(-1)?.path).toBe(`/v1/activity?stream_id=${id}`);
  expect(out).toContain("2026-11-27T10:27:00Z, 3 min before that");
  expect(out).toContain("about 312 and 2 tests (2026-11-27); a week ago about 298 by this time");
  expect(out).toContain("stream_paused 2, too_large 1");
  expect(out).toContain("4 waiting");
  expect(out).toMatch(/^2026-11-24 .*not counted$/m);
  expect(out).toMatch(/^2026-11-25 .*400.* yes$/m);
  expect(out).toMatch(/^2026-11-26 .*410.* yes: 7 rows more than were counted$/m);
  expect(out).toMatch(/^2026-11-27 .*312.* about$/m);
  const json = await afterclick(["activity", id, "--json"], { url: admin.url });
  expect(JSON.parse(json.out)).toEqual({ at, ...found });
});

test("where all days are checked, nothing is counted", async () => {
  const days = found.days.slice(1);
  await using admin = await fakeAdmin({
    [`GET /v1/streams/${id}`]: { json: leads },
    "GET /v1/activity": { json: { at, streams: [{ ...found, days }] } },
  });
  expect((await afterclick(["activity", id], { url: admin.url })).code).toBe(0);
  expect(admin.asked).toHaveLength(2);
});

test("streams list shows the last hit and today, and says why where it cannot", async () => {
  const { last_hit_at: _, ...never } = found;
  await using admin = await fakeAdmin({
    "GET /v1/streams": {
      json: {
        streams: [
          { ...leads, activity: { ...found, last_hit_at: stopClock() - 180_000 } },
          { ...leads, name: "New", activity: { ...never, today: { ...today, hits: 0, tests: 0 } } },
          { ...leads, name: "Odd" },
        ],
        warnings: ["What arrived could not be told: away"],
      },
    },
  });
  const { out, err } = await afterclick(["streams", "list"], { url: admin.url });
  expect(out).toMatch(/Leads .* active \| 3 minutes ago +\| about 312 and 2 tests$/m);
  expect(out).toMatch(/New .* active \| none in 14 days \| 0$/m);
  expect(err).toContain("What arrived could not be told: away\n");
});

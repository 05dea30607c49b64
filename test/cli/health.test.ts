import { afterEach, expect, jest, test } from "@jest/globals";
import { afterclick, fakeAdmin } from "../support/cli.ts";
import { id, leads } from "./commands/leads.ts";

afterEach(() => void jest.restoreAllMocks());

const healthy = {
  badge: "healthy",
  sentence: "72 hits by 12:00; on the last four Fridays 66 to 78 by this hour.",
};
const silent = { badge: "silent", sentence: "No hit since Fri 27 Nov 07:00, for 5 h; usually one comes." };

test("streams health shows all streams, those that need somebody first", async () => {
  const streams = [
    { ...leads, health: healthy },
    { ...leads, name: "Odd" },
    { ...leads, name: "Orders", health: silent },
  ];
  await using admin = await fakeAdmin({ "GET /v1/streams": { json: { streams } } });
  const { code, out } = await afterclick(["streams", "health"], { url: admin.url });
  expect(code).toBe(0);
  expect(admin.asked[0]?.path).toBe("/v1/streams?activity=true");
  expect(out).toMatch(/Orders +\| silent +\| No hit since.*\n.*Leads +\| healthy +\| 72 hits.*\n.*Odd/);
  const json = await afterclick(["streams", "health", "--json"], { url: admin.url });
  expect((JSON.parse(json.out) as unknown[])[0]).toEqual({ id, name: leads.name, ...healthy });
  expect((await afterclick(["streams", "list"], { url: admin.url })).out).toMatch(/Orders .*\| silent$/m);
});

test("streams health STREAM says why, the last hit and after how long it is silent", async () => {
  const at = Date.parse("2026-11-27T12:00:00Z");
  const found = {
    id,
    name: "Leads",
    at,
    ...silent,
    last_hit_at: at - 18_000_000,
    silent_after_ms: 5_400_000,
  };
  await using admin = await fakeAdmin({
    [`GET /v1/streams/${id}`]: { json: leads },
    [`GET /v1/streams/${id}/health`]: { json: found },
  });
  const { out } = await afterclick(["streams", "health", id], { url: admin.url });
  expect(out).toMatch(/^health +silent$/m);
  expect(out).toContain(silent.sentence);
  expect(out).toMatch(/^last hit +2026-11-27T07:00:00Z$/m);
  expect(out).toMatch(/^silent after +1 h 30 min$/m);
});

import { expect, jest, test } from "@jest/globals";
import { checkDeadlineMs } from "../../functions/activity/status.ts";
import { queueDown, registryDown, warehouseDown } from "../../functions/problems.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { openAdmin } from "../support/admin.ts";

const hit = {
  hit_id: "aaaaaaaa-0000-4000-8000-000000000001",
  stream_id: "11111111-1111-4111-8111-111111111111",
  received_at: 1000,
  body: Buffer.from("x"),
};

test("the status tells what waits, how many streams there are, and that everything works", async () => {
  const { ask, registry, queue, letters } = await openAdmin();
  registry.put(hit.stream_id, { table: "a.b", offset: "UTC" });
  registry.put("22222222-2222-4222-8222-222222222222", {
    table: "a b",
    offset: "UTC",
  });
  registry.put("by-hand", { table: "a.b", offset: "UTC" });
  registry.put("33333333-3333-4333-8333-333333333333", {
    table: "a.b",
    offset: "UTC",
    removed_at: "2026-11-01",
  });
  await queue.publish(hit, { deadlineMs: 1000 });
  const row = letterRow(hit, { reason: "gave_up", detail: "Fix it.", at: 1 });
  await letters.append("letters", [row], {
    deadlineMs: 1000,
  });
  expect((await ask("GET", "/v1/status")).json).toEqual({
    version: "1.2.3",
    collect_url: "https://in.example.com",
    queue: { waiting: 1, oldest_received_at: 1000 },
    dead_letters: { waiting: 1 },
    streams: { total: 3, invalid: 2 },
    checks: [
      { name: "queue", ok: true },
      { name: "registry", ok: true },
      { name: "warehouse", ok: true },
    ],
  });
});

test("a backlog that grows is a check that is not well, with since when and what to look at", async () => {
  const { ask, queue } = await openAdmin();
  queue.depth = async () => ({ waiting: 7_000, oldest_received_at: 1_000, grows_since: 1_603_131_452_000 });
  const { json } = await ask("GET", "/v1/status");
  expect(json).toMatchObject({ queue: { grows_since: 1_603_131_452_000 } });
  expect(json.checks.filter(({ ok }) => !ok)).toEqual([
    {
      name: "backlog",
      ok: false,
      detail: expect.stringContaining("since 2020-10-19T18:17:32.000Z, 7000 wait"),
    },
  ]);
});

test("whatever is broken, the status answers and says what and why", async () => {
  const { ask, registry, queue, warehouse } = await openAdmin();
  queue.check = () => Promise.reject(queueDown({ why: "the disk is full" }));
  registry.list = () => {
    throw registryDown({ why: "no answer" });
  };
  warehouse.select = () => Promise.reject(warehouseDown({ why: "it restarts" }));
  const { status, json } = await ask("GET", "/v1/status");
  expect(status).toBe(200);
  expect(json).toMatchObject({ queue: {}, streams: {}, dead_letters: {} });
  expect(json.checks.map(({ ok }) => ok)).toEqual([false, false, false]);
  expect(json.checks[0]!.detail).toContain("(the disk is full)");
  expect(json.checks[2]!.detail).toContain("it restarts");
});

test("what a part does not notice by itself is a check that is not well, beside what the part tells", async () => {
  const amiss = () => new Map([["queue", "Its file is gone. Put it back."]] as const);
  const { ask, queue } = await openAdmin({ amiss });
  await queue.publish(hit, { deadlineMs: 1000 });
  expect((await ask("GET", "/v1/status")).json).toMatchObject({
    queue: { waiting: 1 },
    checks: [
      { name: "queue", ok: false, detail: "Its file is gone. Put it back." },
      { name: "registry", ok: true },
      { name: "warehouse", ok: true },
    ],
  });
});

test("a part that never answers does not hold up the status", async () => {
  const { ask, warehouse } = await openAdmin();
  jest.useFakeTimers();
  try {
    warehouse.select = () => new Promise(() => {});
    const asked = ask("GET", "/v1/status");
    await jest.advanceTimersByTimeAsync(checkDeadlineMs);
    const { json } = await asked;
    expect(json.checks[0]).toEqual({ name: "queue", ok: true });
    expect(json.checks[2]).toEqual({
      name: "warehouse",
      ok: false,
      detail: "No answer in 5 s.",
    });
  } finally {
    jest.useRealTimers();
  }
});

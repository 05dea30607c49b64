import { expect, test } from "@jest/globals";
import { activity, activityRow, activityTable } from "../../../functions/activity/tables.ts";
import { thisMachine } from "../../../functions/people/who.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { openPanel } from "../setup.ts";

/** What the page of Live knows before anything arrives. */

const stream = "11111111-1111-4111-8111-111111111111";

async function live({ refused, seesPayloads = true }: { refused?: number; seesPayloads?: boolean }) {
  const { registry, warehouse, ports, get } = await openPanel({
    personOf: () => ({ ...thisMachine, seesPayloads }),
  });
  registry.put(stream, { table: "a.b", offset: "UTC" });
  for (const dataset of ["a", "afterclick"]) await warehouse.createDataset({ dataset, table: "" });
  const at = ports.now();
  const minute = Math.floor(at / 60_000) * 60_000;
  const counts = { stream_ref: streamRef(stream), date: "2026-11-27", minute, minutes: 1, instance: "i", at };
  if (refused !== undefined) {
    const table = activityTable("afterclick");
    await warehouse.createTable(table, activity);
    const rows = [
      activityRow({ ...counts, hits: 1, tests: 0, dead_letters: 0, bytes: 1, last_at: at - 5 }),
      activityRow({ ...counts, refused, refused_reason: "too_large" }),
    ];
    await warehouse.append(table, activity.columns, rows, { deadlineMs: 1_000 });
  }
  const { body } = await get(`/streams/${stream}/live`);
  const props = /data-island="Live" data-props="([^"]*)"/.exec(String(body))![1]!;
  return {
    body: String(body),
    props: JSON.parse(props.replaceAll("&quot;", '"').replaceAll("&amp;", "&")),
    at,
  };
}

test("where nothing arrives, it knows how many were refused today and when the last hit came", async () => {
  const { props, at } = await live({ refused: 3 });
  expect(props).toMatchObject({ refused: 3, lastAt: at - 5, seesPayloads: true });
  const nothing = (await live({})).props;
  expect(nothing).toMatchObject({ refused: 0 });
  expect(nothing).not.toHaveProperty("lastAt");
});

test("whoever may not see payloads is told so, and offered no filter of what they hold", async () => {
  const hidden = "What hits hold is for those who may see payloads; an admin can allow it.";
  const without = await live({ seesPayloads: false });
  expect(without.body).toContain(hidden);
  expect(without.body).not.toContain("field=value");
  const { body } = await live({});
  expect(body).not.toContain(hidden);
  expect(body).toContain("field=value");
});

test("the page's events say what a hit holds, to those who may see that alone", async () => {
  let seesPayloads = true;
  const { registry, ports, get } = await openPanel({ personOf: () => ({ ...thisMachine, seesPayloads }) });
  registry.put(stream, { table: "a.b", offset: "UTC" });
  const tail = ports.tail!;
  const address = `/streams/${stream}/tail?viewer=a&filter=far&after=`;
  const hit = {
    hit_id: stream,
    stream_id: stream,
    received_at: 1,
    body: Buffer.from(`${"x".repeat(500)}far`),
  };
  const read = async (after: string) => {
    const events = ((await get(address + after)).body as AsyncIterable<string>)[Symbol.asyncIterator]();
    await events.next();
    return { next: async () => String((await events.next()).value), end: () => events.return?.() };
  };
  const first = await read("");
  tail.stored(hit);
  const told = await first.next();
  expect(told).toContain('"holds":true');
  tail.stored({ ...hit, body: Buffer.from("near") });
  const again = await read(/id: (\d+)/.exec(told)![1]!);
  expect(await again.next()).toContain('"holds":false');
  tail.close();
  seesPayloads = false;
  const refused = await get(address);
  expect(refused.status).toBe(403);
  expect(String(refused.body)).toContain("may not see payloads");
});

test("the four checks stand where nothing arrives for long", async () => {
  const { get } = await openPanel();
  const parts = String((await get("/parts")).body)
    .replaceAll(/<[^>]+>|\s+/g, " ")
    .replaceAll(/ +/g, " ");
  expect(parts).toContain("Nothing has reached this endpoint since you opened the page");
  expect(parts).toMatch(/Refused requests of this stream today, when you opened the page: about 4/);
  expect(parts).toMatch(/Last hit in the last 14 days: \d\d:\d\d:\d\d/);
  expect(parts).toContain("requests to another address are kept nowhere");
});

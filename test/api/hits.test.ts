import { expect, test } from "@jest/globals";
import type { ApiPorts } from "../../functions/api/admin.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import type { Hit } from "../../functions/hit.ts";
import { overloaded, warehouseDown } from "../../functions/problems.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { openAdmin } from "../support/admin.ts";
import { streamRef } from "../../functions/stream-ref.ts";

const stream = "11111111-1111-4111-8111-111111111111";
const hit: Hit = {
  hit_id: "aaaaaaaa-0000-4000-8000-000000000001",
  stream_id: stream,
  received_at: Date.UTC(2026, 10, 20, 10),
  body: Buffer.from("orderId=N1"),
  date: "2026-11-20",
};
const table = { dataset: "shop", table: "orders" };

async function open(ports: Partial<ApiPorts> = {}) {
  const admin = await openAdmin(ports);
  const { warehouse, registry } = admin;
  registry.put(stream, { table: "shop.orders", offset: "UTC" });
  await warehouse.createDataset(table);
  const store = async (one: Hit) => {
    await warehouse.createTable(table, rowSpec);
    await warehouse.append(table, rowColumns, [await makeRow(one, one.date!)], {
      deadlineMs: 1000,
    });
  };
  const find = async (query = "") => (await admin.ask("GET", `/v1/hits/${hit.hit_id}${query}`)).json;
  return { ...admin, store, find };
}

test("a hit that nobody knows is not found, and the answer says what was searched", async () => {
  const { find, store } = await open();
  expect(await find()).toEqual({
    hit_id: hit.hit_id,
    state: "not_found",
    rows: [],
    queue: "absent",
    searched: { tables: [], dead_letters: true, queue: true },
  });
  await store({ ...hit, hit_id: "aaaaaaaa-0000-4000-8000-000000000002" });
  expect(await find()).toMatchObject({
    state: "not_found",
    searched: { tables: ["shop.orders"] },
  });
});

test("a hit in the queue waits, and the oldest one that waits is told", async () => {
  const { find, queue } = await open();
  await queue.publish(hit, { deadlineMs: 1000 });
  expect(await find()).toMatchObject({
    state: "waiting",
    queue: "waiting",
    oldest_waiting_received_at: hit.received_at,
  });
});

test("a hit in a table is found with its row, also when its stream is removed or its document invalid by now", async () => {
  const { find, store, registry, ask } = await open();
  await store({ ...hit, body: Uint8Array.of(0xff, 0x61) });
  const row = {
    hit_id: hit.hit_id,
    date: "2026-11-20",
    payload_bytes: "/2E=",
    stream_ref: streamRef(stream),
  };
  const found = {
    state: "in_table",
    rows: [{ table: "shop.orders", row }],
    queue: "absent",
  };
  expect(await find()).toMatchObject(found);
  expect(await find("?since=2026-11-20")).toMatchObject({
    ...found,
    searched: { since: "2026-11-20" },
  });
  expect(await find("?since=2026-11-21")).toMatchObject({ state: "not_found" });
  await ask("DELETE", `/v1/streams/${stream}`);
  expect(await find()).toMatchObject(found);
  registry.put(stream, { table: "shop.orders" });
  expect(await find()).toMatchObject(found);
});

test("a hit is found in the table that its stream wrote to before, where the warehouse knows its tables", async () => {
  const { find, store, registry, warehouse } = await open();
  await store(hit);
  registry.put(stream, { table: "shop.orders_2", offset: "UTC" });
  expect(await find()).toMatchObject({
    state: "not_found",
    searched: { tables: [] },
  });
  warehouse.ownTables = async () => [table, { dataset: "afterclick", table: "dead_letters" }];
  expect(await find()).toMatchObject({
    state: "in_table",
    searched: { tables: ["shop.orders"] },
  });
  // Of one stream only the table that it writes to now.
  expect(await find(`?stream_id=${stream}`)).toMatchObject({
    state: "not_found",
  });
});

test("where each searched day costs, a hit is looked for seven days back unless told", async () => {
  const { find, store, clock } = await open({ searchedDays: 7 });
  await store(hit);
  clock.ms = Date.UTC(2026, 10, 27);
  expect(await find()).toMatchObject({
    state: "in_table",
    searched: { since: "2026-11-20" },
  });
  clock.ms = Date.UTC(2026, 10, 28);
  expect(await find()).toMatchObject({
    state: "not_found",
    searched: { since: "2026-11-21" },
  });
  expect(await find("?since=2026-11-20")).toMatchObject({ state: "in_table" });
});

test("a hit that became a dead letter is found with its reason", async () => {
  const { find, letters } = await open();
  const row = letterRow(hit, {
    reason: "row_refused",
    detail: "Fix it.",
    at: 1,
  });
  await letters.append("letters", [row], {
    deadlineMs: 1000,
  });
  expect(await find()).toMatchObject({
    state: "dead_letter",
    dead_letter: { reason: "row_refused", state: "waiting" },
  });
});

test("a queue that cannot be searched is said so", async () => {
  const { find, queue } = await open();
  queue.find = async () => "unknown";
  expect(await find()).toMatchObject({
    state: "not_found",
    queue: "unknown",
    searched: { queue: false },
  });
});

test("nothing is called not found on the word of a warehouse that does not answer", async () => {
  const { find, store, warehouse } = await open();
  await store(hit);
  warehouse.select = () => Promise.reject(warehouseDown({ why: "no answer" }));
  expect(await find()).toMatchObject({ status: 503, code: "warehouse_down" });
});

test("nothing is called not found on the word of an instance that has no room for the answer", async () => {
  const { find, store, warehouse } = await open();
  await store(hit);
  warehouse.select = () => Promise.reject(overloaded());
  expect(await find()).toMatchObject({ status: 503, code: "overloaded" });
});

test("a table that cannot be searched is named beside those that were", async () => {
  const { find, warehouse, registry, store } = await open();
  await store({ ...hit, hit_id: "aaaaaaaa-0000-4000-8000-000000000002" });
  warehouse.putForeign({ dataset: "shop", table: "other" }, [
    { name: "id", type: "STRING", required: false },
  ]);
  registry.put("22222222-2222-4222-8222-222222222222", {
    table: "shop.other",
    offset: "UTC",
  });
  expect(await find()).toMatchObject({
    state: "not_found",
    searched: {
      tables: ["shop.orders"],
      skipped: [
        {
          table: "shop.other",
          why: expect.stringMatching(/cannot be read like this: .*no column hit_id/),
        },
      ],
    },
  });
});

test("of a hit that came many times, a few rows are shown: the largest ones fit one answer of the warehouse", async () => {
  const { find, store, warehouse } = await open();
  for (let n = 0; n < 12; n++) await store(hit);
  const limits: number[] = [];
  const { select } = warehouse;
  warehouse.select = (selection) => {
    limits.push(selection.limit);
    return select(selection);
  };
  expect((await find()).rows).toHaveLength(3);
  expect(limits).toEqual([3, 1]);
});

test("a hit of a stream is looked for in that stream's table alone, whatever the others are like", async () => {
  const { find, store, registry, warehouse } = await open();
  await store(hit);
  const other = "22222222-2222-4222-8222-222222222222";
  registry.put(other, { table: "shop.other", offset: "UTC" });
  await warehouse.createTable({ dataset: "shop", table: "other" }, rowSpec);
  const asked: string[] = [];
  const { select } = warehouse;
  warehouse.select = (selection) => {
    asked.push(selection.from.table);
    return selection.from.table === "other"
      ? Promise.reject(warehouseDown({ why: "no answer" }))
      : select(selection);
  };
  expect(await find()).toMatchObject({ code: "warehouse_down" });
  asked.length = 0;
  expect(await find(`?stream_id=${stream.toUpperCase()}`)).toMatchObject({
    state: "in_table",
    searched: { tables: ["shop.orders"] },
  });
  expect(asked).toEqual(["orders", "dead_letter_states"]);
  expect(await find(`?stream_id=${stream}&since=2026-11-21`)).toMatchObject({
    state: "not_found",
    searched: { tables: ["shop.orders"], since: "2026-11-21" },
  });
  registry.put(stream, "no object");
  expect(await find(`?stream_id=${stream}`)).toMatchObject({
    state: "not_found",
    searched: { tables: [] },
  });
});

test("a stream that nobody registered is said, rather than that the hit was not found", async () => {
  const { find } = await open();
  const unknown = "33333333-3333-4333-8333-333333333333";
  expect(await find(`?stream_id=${unknown}`)).toMatchObject({
    status: 404,
    code: "stream_unknown",
  });
  expect((await find("?stream_id=orders")).detail).toContain('"orders"; allowed is: the UUID of the stream');
});

test("an old dead letter is found, whatever day rows are searched from", async () => {
  const { find, letters } = await open({ searchedDays: 7 });
  const row = letterRow({ ...hit, date: "2026-10-01" }, { reason: "row_refused", detail: "Fix it.", at: 1 });
  await letters.append("letters", [row], {
    deadlineMs: 1000,
  });
  expect(await find()).toMatchObject({
    state: "dead_letter",
    searched: { since: "2026-11-14" },
  });
});

test("a hit_id is taken in either case; what is none is refused", async () => {
  const { ask, queue } = await open();
  await queue.publish(hit, { deadlineMs: 1000 });
  expect((await ask("GET", `/v1/hits/${hit.hit_id.toUpperCase()}`)).json.hit_id).toBe(hit.hit_id);
  expect((await ask("GET", "/v1/hits/42")).json.detail).toContain('"42"; allowed is: a UUID');
  expect((await ask("GET", `/v1/hits/${hit.hit_id}?since=2026-13-01`)).json.detail).toContain(
    "allowed is: a date such as",
  );
});

import { expect, test } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { thisMachine, type Who } from "../../functions/people/who.ts";
import { openAdmin } from "../support/admin.ts";

/** Whoever may not see payloads sees none, wherever one is: in rows, dead letters, the tail, and
 *  what the last hits hold. */

const stream = "11111111-1111-4111-8111-111111111111";
const secret = "Zoe-Miller";
const hit: Hit = {
  hit_id: "aaaaaaaa-0000-4000-8000-000000000001",
  stream_id: stream,
  received_at: Date.UTC(2026, 10, 20, 10),
  body: Buffer.from(`{"orderId":"${secret}","at":"${secret}"}`),
  query: `q=${secret}`,
  headers: { "x-name": secret },
  date: "2026-11-20",
};
const letterHit = { ...hit, hit_id: "aaaaaaaa-0000-4000-8000-000000000002" };

async function open() {
  let who: Who = thisMachine;
  const admin = await openAdmin({ identify: async () => who });
  const { warehouse, registry } = admin;
  const table = { dataset: "shop", table: "orders" };
  registry.put(stream, { table: "shop.orders", offset: "UTC", key: "orderId", updated: "at" });
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  const deadlineMs = 1_000;
  await warehouse.append(table, rowColumns, [await makeRow(hit, hit.date!)], { deadlineMs });
  const failed = { reason: "row_refused", detail: `Cannot read "${secret}" as a number.` } as const;
  const letter = letterRow(letterHit, { ...failed, at: hit.received_at, date: hit.date! });
  await admin.letters.append("letters", [letter], { deadlineMs });
  const see = (seesPayloads: boolean) => void (who = { ...thisMachine, seesPayloads });
  return { ...admin, see };
}

const shows = [
  `/v1/hits/${hit.hit_id}`,
  `/v1/hits/${letterHit.hit_id}`,
  "/v1/dead-letters",
  `/v1/streams/${stream}?hits=true`,
];

test.each(shows)("%s shows what it shows without a payload", async (address) => {
  const { ask, see } = await open();
  const whole = await ask("GET", address);
  expect(JSON.stringify(whole.json)).toContain(secret);
  see(false);
  const part = await ask("GET", address);
  expect(part.status).toBe(200);
  expect(JSON.stringify(part.json)).not.toContain(secret);
  expect(Object.keys(part.json).sort()).toEqual(Object.keys(whole.json).sort());
});

test("a hit is found all the same, and its row says where it is", async () => {
  const { ask, see } = await open();
  see(false);
  const { json } = await ask("GET", `/v1/hits/${hit.hit_id}`);
  expect(json).toMatchObject({
    state: "in_table",
    rows: [
      { table: "shop.orders", row: { hit_id: hit.hit_id, date: hit.date, received_at: hit.received_at } },
    ],
  });
});

test("the tail tells that hits arrive, and not what they hold", async () => {
  const { send, see, tail } = await open();
  const gone = new AbortController();
  for (const seesPayloads of [true, false]) {
    see(seesPayloads);
    const { body } = await send("GET", `/v1/streams/${stream}/tail`, undefined, { gone: gone.signal });
    const events = (body as AsyncIterable<string>)[Symbol.asyncIterator]();
    await events.next();
    tail.stored(hit);
    const told = String((await events.next()).value);
    expect(told).toContain(`"hit_id":"${hit.hit_id}"`);
    expect(told.includes(secret)).toBe(seesPayloads);
  }
  gone.abort();
});

test("nobody learns what a hit holds by looking for it", async () => {
  const { ask, see } = await open();
  see(false);
  const { status, json } = await ask("GET", `/v1/streams/${stream}/tail?filter=${secret}`);
  expect([status, json.code]).toEqual([403, "payloads_hidden"]);
});

test.each([
  ["GET", "/v1/tables/shop.orders/rows", undefined],
  ["GET", `/v1/dead-letters/${letterHit.hit_id}`, undefined],
  ["POST", "/v1/query", { sql: "SELECT 1" }],
  ["POST", "/v1/export", { table: "shop.orders", format: "csv" }],
])("%s %s is refused whole", async (method, address, body) => {
  const { ask, see } = await open();
  see(false);
  const { status, json } = await ask(method, address, body);
  expect([status, json.code]).toEqual([403, "payloads_hidden"]);
});

import { expect, test } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { thisMachine } from "../../functions/people/who.ts";
import { tableForbidden, warehouseDown } from "../../functions/problems.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import type { UnionOptions, UnionSelection } from "../../functions/warehouse.ts";
import { openAdmin } from "../support/admin.ts";

/** Hits by any text of what was sent. */

const [orders, leads] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
const deadlineMs = 1_000;
let hits = 0;
const hit = (more: Partial<Hit> = {}): Hit => ({
  hit_id: `aaaaaaaa-0000-4000-8000-${String(++hits).padStart(12, "0")}`,
  stream_id: orders,
  received_at: Date.UTC(2026, 10, 20, 10) + hits,
  body: Buffer.from("orderId=N1"),
  date: "2026-11-20",
  ...more,
});

async function open(seesPayloads = true) {
  const admin = await openAdmin({ identify: async () => ({ ...thisMachine, seesPayloads }) });
  const { warehouse, registry } = admin;
  registry.put(orders, { table: "shop.orders", offset: "UTC" });
  registry.put(leads, { table: "crm.leads", offset: "UTC" });
  const store = async (table: "shop.orders" | "crm.leads", one: Hit) => {
    const [dataset = "", name = ""] = table.split(".");
    const ref = { dataset, table: name };
    await warehouse.createDataset(ref);
    await warehouse.createTable(ref, rowSpec);
    await warehouse.append(ref, rowColumns, [await makeRow(one, one.date!)], { deadlineMs });
    return one;
  };
  const search = async (text: string, more: Record<string, string> = {}) =>
    (await admin.ask("GET", `/v1/hits?${new URLSearchParams({ text, ...more })}`)).json as unknown as {
      hits: { hit_id: string }[];
      more?: true;
      dead_letters: { hit_id: string }[];
      searched: object;
      code?: string;
      detail?: string;
    };
  return { ...admin, store, search };
}

test("a text is found in body, query string and headers of all tables, the newest first, each hit once", async () => {
  const { store, search } = await open();
  const body = await store("shop.orders", hit());
  await store("shop.orders", body);
  const query = await store("crm.leads", hit({ stream_id: leads, body: Buffer.from("x"), query: "id=N1" }));
  const header = await store("shop.orders", hit({ body: Buffer.from("x"), headers: { "x-order": "N1-a" } }));
  await store("shop.orders", hit({ body: Buffer.from("orderId=n1") }));
  const found = await search(" =N1 ");
  expect(found).toEqual({
    hits: [
      {
        hit_id: query.hit_id,
        table: "crm.leads",
        received_at: query.received_at,
        date: "2026-11-20",
        stream_ref: streamRef(leads),
      },
      expect.objectContaining({ hit_id: body.hit_id, table: "shop.orders" }),
    ],
    dead_letters: [],
    searched: {
      since: "2026-11-14",
      tables: ["crm.leads", "shop.orders"],
      dead_letters: 0,
      queue: false,
      refused_requests: false,
    },
  });
  expect((await search("N1-a")).hits).toMatchObject([{ hit_id: header.hit_id }]);
  expect((await search("=N1", { stream_id: leads })).hits).toHaveLength(1);
});

test("the name of a delivery is told from a text that only looks like it", async () => {
  const { store, search } = await open();
  const named = await store("shop.orders", hit({ headers: { "webhook-id": "order-N1" } }));
  const key = await store("shop.orders", hit({ headers: { "idempotency-key": "order-N1" } }));
  await store("shop.orders", hit({ headers: { "webhook-id": "order-N12" }, is_test: true }));
  const { hits: found } = await search("order-N1");
  expect(found).toMatchObject([
    { is_test: true },
    { hit_id: key.hit_id, is_delivery: true },
    { hit_id: named.hit_id, is_delivery: true },
  ]);
  expect(found[0]).not.toHaveProperty("is_delivery");
});

test("dead letters are looked through byte for byte, and how many is said", async () => {
  const { search, letters, now } = await open();
  const fail = (one: Hit) =>
    letters.append("letters", [letterRow(one, { reason: "gave_up", detail: "x", at: now() })], {
      deadlineMs,
    });
  const letter = hit({ body: Buffer.from([0xff, 0x00, ...Buffer.from("é-N7")]) });
  await fail(letter);
  await fail(hit({ date: "2026-10-01", body: Buffer.from("é-N7") }));
  for (let count = 0; count < 3; count++) await fail(hit());
  const found = await search("é-N7");
  expect(found.dead_letters).toMatchObject([{ hit_id: letter.hit_id, state: "waiting" }]);
  expect(found).toMatchObject({ hits: [], searched: { dead_letters: 4 } });
  const large = new Uint8Array(20 * 1024 * 1024);
  await fail(hit({ body: large }));
  await fail(hit({ body: large }));
  expect((await search("é-N7")).searched).toMatchObject({ dead_letters: 5, dead_letters_left_out: true });
});

test("every look names the days, and what it takes: never a whole table, never a payload in the answer", async () => {
  const { search, store, warehouse } = await open();
  await store("shop.orders", hit());
  const asked: (UnionSelection & UnionOptions)[] = [];
  const { selectUnion } = warehouse;
  warehouse.selectUnion = (selection, options) => {
    asked.push({ ...selection, ...options });
    return selectUnion(selection, options);
  };
  await search("N1-x", { since: "2026-11-01" });
  expect(asked).toHaveLength(1);
  expect(asked[0]!.where).toEqual([{ column: "date", is: ">=", value: "2026-11-01" }]);
  expect(asked[0]!.columns).not.toContain("payload");
  expect(asked[0]!.limit).toBe(51);
  // Within what people's queries may cost.
  expect(asked[0]!.isPersons).toBe(true);
  expect((await search("N1-x", { since: "2026-08-01" })).detail).toMatch(/allowed is 2026-08-21 or later/);
  for (const text of ["ab", " a ", "x".repeat(201)])
    expect((await search(text)).detail).toContain("allowed is a text of 3 to 200 characters");
});

test("more than 50 are cut, and it is said", async () => {
  const { search, store } = await open();
  for (let count = 0; count < 52; count++) await store("shop.orders", hit());
  const { hits: found, more } = await search("orderId=N1");
  expect([found.length, more]).toEqual([50, true]);
});

test("a table that cannot be searched is named; a warehouse that does not answer is no 'not found'", async () => {
  const { search, store, warehouse } = await open();
  await store("shop.orders", hit());
  await store("crm.leads", hit({ stream_id: leads }));
  const { describe } = warehouse;
  warehouse.describe = (table) =>
    table.dataset === "crm"
      ? Promise.reject(tableForbidden({ table: "crm.leads", why: "no" }))
      : describe(table);
  expect(await search("N1x")).toMatchObject({
    hits: [],
    searched: { tables: ["shop.orders"], skipped: [{ table: "crm.leads" }] },
  });
  warehouse.describe = () => Promise.reject(warehouseDown({ why: "away" }));
  expect((await search("N1x")).code).toBe("warehouse_down");
});

test("whoever may not see payloads searches none", async () => {
  const { search, store } = await open(false);
  await store("shop.orders", hit());
  expect((await search("orderId")).code).toBe("payloads_hidden");
});

import { expect, test } from "@jest/globals";
import { createActivity } from "../../functions/activity/activity.ts";
import { letterRow } from "../../functions/letters/letter.ts";
import { warehouseDown } from "../../functions/problems.ts";
import { readAll, writing } from "../../functions/streams/reading.ts";
import { openAdmin } from "../support/admin.ts";
import { hit } from "../deliver/setup.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

/** The API, and counters that are written when somebody looks. */
async function setup(changed: Parameters<typeof openAdmin>[0] = {}) {
  const warehouse = memoryWarehouse();
  const now = () => Date.UTC(2026, 10, 21, 12);
  const ports = { warehouse, productDataset: "afterclick", now, log: () => undefined };
  const activity = createActivity(ports);
  const admin = await openAdmin({ warehouse, writeActivity: activity.writeForLook, ...changed });
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  const add = async (name: string) => {
    const { id } = (await admin.ask("POST", "/v1/streams", { table: `crm.${name}`, offset: "UTC", name }))
      .json;
    const [reading] = readAll(await admin.registry.list(), { defaultDataset: "d" }).filter(
      (one) => one.id === id,
    );
    const stream = writing(reading!)!;
    const arrive = () =>
      activity.row(hit({ stream_id: id, received_at: now() - 5_000, date: "2026-11-21" }), stream, []);
    return { id, arrive };
  };
  return { ...admin, add };
}

test("the activity names each stream, and one alone where it is asked for", async () => {
  const { ask, add } = await setup();
  const orders = await add("orders");
  const leads = await add("leads");
  orders.arrive();
  const { json } = await ask("GET", "/v1/activity");
  expect(json).toMatchObject({ at: Date.UTC(2026, 10, 21, 12) });
  const byName = Object.fromEntries(json.streams.map((stream) => [stream.name, stream]));
  expect(byName).toMatchObject({
    orders: { id: orders.id, today: { hits: 1 }, last_hit_at: Date.UTC(2026, 10, 21, 11, 59, 55) },
    leads: { id: leads.id, today: { hits: 0 }, dead_letters_waiting: 0 },
  });
  const one = await ask("GET", `/v1/activity?stream_id=${orders.id}`);
  expect(one.json.streams).toEqual([byName["orders"]]);
});

test("a removed stream is asked for by its id alone", async () => {
  const { ask, add } = await setup();
  const { id } = await add("orders");
  await ask("DELETE", `/v1/streams/${id}`);
  expect((await ask("GET", "/v1/activity")).json.streams).toEqual([]);
  expect((await ask("GET", `/v1/activity?stream_id=${id}`)).json.streams).toHaveLength(1);
});

test("the list of streams says what arrived where it is asked to, and else reads nothing", async () => {
  const { ask, add } = await setup();
  const { id, arrive } = await add("orders");
  arrive();
  expect((await ask("GET", "/v1/streams")).json.streams[0]).not.toHaveProperty("activity");
  const [stream] = (await ask("GET", "/v1/streams?activity=true")).json.streams;
  expect(stream).toMatchObject({ id, activity: { today: { hits: 1 }, week_ago: { hits: 0 } } });
});

test("where it cannot be told, the list says so and is there all the same", async () => {
  const warehouse = memoryWarehouse();
  const select = async () => {
    throw warehouseDown({ why: "away" });
  };
  const { ask, add } = await setup({ warehouse: { ...warehouse, select } });
  const { id } = await add("orders");
  const { json } = await ask("GET", "/v1/streams?activity=true");
  expect(json.streams).toMatchObject([{ id }]);
  expect(json.warnings).toEqual([expect.stringMatching(/^What arrived could not be told: .*away/)]);
  expect((await ask("GET", "/v1/activity")).json.code).toBe("warehouse_down");
});

test("dead letters that wait are told of each stream", async () => {
  const { ask, add, letters } = await setup();
  const { id } = await add("orders");
  const why = { reason: "row_refused", detail: "why", at: 1 } as const;
  const rows = [1, 2].map(() => letterRow(hit({ stream_id: id }), why));
  await letters.append("letters", rows, { deadlineMs: 1_000 });
  expect((await ask("GET", "/v1/activity")).json.streams).toMatchObject([{ dead_letters_waiting: 2 }]);
});

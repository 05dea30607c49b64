import { expect, test } from "@jest/globals";
import { createActivity } from "../../functions/activity/activity.ts";
import { createDeliver } from "../../functions/deliver/deliver.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { registryDown } from "../../functions/problems.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import { createWriters } from "../../functions/streams/writers.ts";
import { tableName } from "../../functions/table.ts";
import type { View } from "../../functions/warehouse.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { hit, orders, receivedAt } from "./setup.ts";

/** Streams of several zones on one table, each of whose hits goes to an instance of its own. */

const ids = ["a", "b", "c"].map((letter) => `${letter}22ed95e-9f07-45f6-a0b7-28bf2d0315e5`) as [
  string,
  string,
  string,
];
const zones = ["Europe/Kyiv", "+03:00", "UTC"] as const;
const document = { table: "example.orders", key: "id", updated: "at" };
const datasets = { defaultDataset: "d", productDataset: "afterclick" };

async function setup() {
  const registry = memoryRegistry();
  for (const [index, id] of ids.entries())
    await registry.write(id, { ...document, offset: zones[index] }, null);
  const warehouse = memoryWarehouse();
  await warehouse.createDataset(orders);
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  const shown: (View & { kind: "current" })[] = [];
  const seen = {
    ...warehouse,
    putView: (...[view, definition]: Parameters<typeof warehouse.putView>) => {
      if (tableName(view) === "example.orders_current") shown.push(definition as View & { kind: "current" });
      return warehouse.putView(view, definition);
    },
  };
  const state = { ms: receivedAt, lists: 0, isDown: false };
  const counted = {
    list: () => {
      state.lists += 1;
      return state.isDown ? Promise.reject(registryDown({ why: "no answer" })) : registry.list();
    },
  };
  const elapsed = () => state.ms;
  const events: unknown[] = [];
  const log = (_severity: string, _message: string, fields: Record<string, unknown> = {}) =>
    void events.push(fields["event"]);
  const instance = () =>
    createDeliver({
      streams: createStreamCache(registry, { ...datasets, elapsed, log }),
      writers: createWriters(counted, { ...datasets, elapsed }),
      warehouse: seen,
      letters: letterStore({ warehouse: seen, productDataset: "afterclick", log }),
      activity: createActivity({ warehouse, productDataset: "afterclick", now: elapsed, log }),
      now: elapsed,
      elapsed,
      log,
    });
  return { registry, state, shown, events, instance };
}

const all = Object.fromEntries(ids.map((id, index) => [streamRef(id), zones[index]]));

test("each instance makes one view in the zones of all streams, whichever of them it has seen", async () => {
  const { shown, instance, registry, state } = await setup();
  const [document] = (await registry.list()).filter(({ id }) => id === ids[2]);
  // Its rows are there, also where it was closed.
  await registry.write(ids[2], { ...Object(document!.document), state: "closed" }, document!.version);
  for (const stream_id of [ids[1], ids[0]]) expect(await instance().deliver(hit({ stream_id }))).toBe("ack");
  expect(shown).toHaveLength(2);
  for (const view of shown) expect(view).toMatchObject({ offset: zones[0], offsets: all });
  expect(shown[0]).toEqual(shown[1]);
  expect(state.lists).toBe(2);
});

test("a stream that the list does not know yet has it read again; otherwise once an hour", async () => {
  const { shown, instance, registry, state } = await setup();
  const { deliver } = instance();
  expect(await deliver(hit({ stream_id: ids[0] }))).toBe("ack");
  const fourth = "d22ed95e-9f07-45f6-a0b7-28bf2d0315e5";
  await registry.write(fourth, { ...document, offset: "-05:30" }, null);
  state.ms += 10_000;
  expect(await deliver(hit({ stream_id: fourth }))).toBe("ack");
  // The next one may still be served by what was known; the look goes on beside it.
  expect(await deliver(hit({ stream_id: ids[0] }))).toBe("ack");
  expect(shown.at(-1)).toMatchObject({ offsets: { ...all, [streamRef(fourth)]: "-05:30" } });
  expect(state.lists).toBe(2);
  for (let minutes = 0; minutes < 55; minutes += 11) {
    state.ms += 11 * 60_000;
    expect(await deliver(hit({ stream_id: ids[0] }))).toBe("ack");
  }
  expect(state.lists).toBe(2);
});

test("while the streams cannot be listed a view goes by those that were seen, and the log says so", async () => {
  const { shown, instance, state, events } = await setup();
  state.isDown = true;
  expect(await instance().deliver(hit({ stream_id: ids[1] }))).toBe("ack");
  expect(shown.at(-1)).toMatchObject({ offset: zones[1], offsets: { [streamRef(ids[1])]: zones[1] } });
  expect(events).toContain("zones_not_listed");
});

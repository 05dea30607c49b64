import { createActivity } from "../../functions/activity/activity.ts";
import { createDeliver } from "../../functions/deliver/deliver.ts";
import type { Hit } from "../../functions/hit.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import type { Value, Warehouse } from "../../functions/warehouse.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { type MemoryWarehouse, memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

export const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

export const receivedAt = 1603131452000;

export const orders = { dataset: "example", table: "orders" };

export async function setup(
  document: Record<string, unknown> | undefined,
  faults: (warehouse: MemoryWarehouse) => Partial<Warehouse> = () => ({}),
  more: Pick<Parameters<typeof createDeliver>[0], "imports"> = {},
) {
  const registry = memoryRegistry();
  if (document !== undefined) await registry.write(id, document, null);
  const warehouse = memoryWarehouse();
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  await warehouse.createDataset(orders);
  const events: Record<string, unknown>[] = [];
  const state = { ms: receivedAt };
  const log = (severity: string, _message: string, fields: Record<string, unknown> = {}) =>
    void events.push({ severity, ...fields });
  const now = () => state.ms;
  const streams = createStreamCache(registry, {
    defaultDataset: "d",
    productDataset: "afterclick",
    elapsed: now,
    log,
  });
  const sick = { ...warehouse, ...faults(warehouse) };
  const activity = createActivity({ warehouse: sick, productDataset: "afterclick", now, log });
  const { deliver, park, owe, makeOwed } = createDeliver({
    streams,
    warehouse: sick,
    letters: letterStore({ warehouse: sick, productDataset: "afterclick", log }),
    now,
    elapsed: now,
    activity,
    log,
    ...more,
  });
  const rows = (table = orders) => warehouse.select({ from: table, limit: 100 });
  const letters = () =>
    warehouse
      .select({
        from: { dataset: "afterclick", table: "dead_letter_states" },
        limit: 100,
      })
      .catch(() => []);
  /** What is in the table `activity`, without what is NULL. */
  const counted = () =>
    warehouse
      .select({ from: { dataset: "afterclick", table: "activity" }, limit: 10_000 })
      .then((found) => found.map(given))
      .catch(() => []);
  return {
    registry,
    warehouse,
    activity,
    deliver,
    park,
    owe,
    makeOwed,
    rows,
    letters,
    counted,
    events,
    state,
  };
}

let count = 0;

export const hit = (given: Partial<Hit> = {}): Hit => ({
  hit_id: `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`,
  stream_id: id,
  received_at: receivedAt,
  date: "2020-10-19",
  body: Buffer.from("orderId=N1&status=delivered&total=120.13&userId=U1"),
  ...given,
});

export const document = { table: "example.orders", offset: "+00:00", key: "orderId" };

function given(row: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

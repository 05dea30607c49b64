import { expect, test } from "@jest/globals";
import { eventRow } from "../../functions/letters/letter.ts";
import type { Log } from "../../functions/log.ts";
import { schemaDiffers, tableForbidden } from "../../functions/problems.ts";
import { letterStore } from "../../functions/letters/store.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { memoryWarehouse, type MemoryWarehouse } from "../support/doubles/memory-warehouse.ts";

const dataset = "afterclick";
const states = { dataset, table: "dead_letter_states" };
const events = { dataset, table: "dead_letter_events" };

async function setup(faults: (memory: MemoryWarehouse) => Partial<Warehouse> = () => ({})) {
  const memory = memoryWarehouse();
  await memory.createDataset(events);
  const warehouse: Warehouse = { ...memory, ...faults(memory) };
  const warnings: Record<string, unknown>[] = [];
  const log: Log = (_severity, _message, fields = {}) => void warnings.push(fields);
  const store = letterStore({ warehouse, productDataset: dataset, log });
  const append = () =>
    store.append("events", [eventRow({ hit_id: "h", attempt: 1, event: "delivered", at: 1 })], {
      deadlineMs: 1_000,
    });
  const kept = async () => (await memory.select({ from: events, limit: 9 })).length;
  return { memory, store, warnings, append, kept };
}

test.each([
  ["may not be made", () => tableForbidden({ table: "afterclick.dead_letter_states", why: "no" })],
  [
    "has its name taken",
    () =>
      schemaDiffers({
        table: "afterclick.dead_letter_states",
        differences: "it is a table",
      }),
  ],
])(
  "a view of the states that %s keeps no dead letter from being written, and is made once it can be",
  async (_, why) => {
    let fails = true;
    const { memory, store, warnings, append, kept } = await setup(({ putView }) => ({
      putView: (...view) => (fails ? Promise.reject(why()) : putView(...view)),
    }));
    await append();
    await append();
    expect(await kept()).toBe(2);
    expect(warnings).toEqual([
      expect.objectContaining({
        event: "view_failed",
        table: "afterclick.dead_letter_states",
      }),
    ]);
    await expect(store.ensure()).rejects.toMatchObject({ code: why().code });
    fails = false;
    await store.ensure();
    expect(await memory.describe(states)).toMatchObject({ kind: "view" });
  },
);

test("a view of the states that hangs keeps no dead letter from being written", async () => {
  const { append, kept } = await setup(() => ({
    putView: () => new Promise(() => undefined),
  }));
  await append();
  await append();
  expect(await kept()).toBe(2);
});

test("tables that are there are looked at and not made anew; dropped ones are", async () => {
  let makings = 0;
  const { memory, append, kept } = await setup(({ createTable }) => ({
    createTable: (...table) => {
      makings++;
      return createTable(...table);
    },
  }));
  await letterStore({ warehouse: memory, productDataset: dataset, log: () => undefined }).ensure();
  await append();
  expect(makings).toBe(0);
  memory.dropTable(events);
  await append();
  expect(makings).toBe(1);
  expect(await kept()).toBe(1);
});

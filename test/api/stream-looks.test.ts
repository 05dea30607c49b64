import { expect, test } from "@jest/globals";
import { tableName } from "../../functions/table.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { openAdmin } from "../support/admin.ts";

const leads = { table: "crm.leads", offset: "+03:00", name: "Leads" };

/** The admin API over stores that count what they are asked. */
async function counted() {
  const asked = { lists: 0, reads: 0, looks: [] as string[] };
  const registry = memoryRegistry();
  const warehouse = memoryWarehouse();
  const { ask } = await openAdmin({
    registry: {
      ...registry,
      list: () => (asked.lists++, registry.list()),
      read: (id, options) => (asked.reads++, registry.read(id, options)),
    },
    warehouse: {
      ...warehouse,
      describe: (table) => (asked.looks.push(tableName(table)), warehouse.describe(table)),
    },
  });
  const forget = () => Object.assign(asked, { lists: 0, reads: 0, looks: [] });
  return { ask, asked, forget };
}

test("adding a stream reads the registry once and looks at each table and view once", async () => {
  const { ask, asked, forget } = await counted();
  forget();
  const { status } = await ask("POST", "/v1/streams", leads);
  expect(status).toBe(201);
  expect(asked.lists + asked.reads).toBe(1);
  // The look before the dataset was there failed: the one after it is another.
  expect(asked.looks.filter((name) => name !== "crm.leads").sort()).toEqual([
    "crm.leads_current",
    "crm.leads_items",
    "crm.leads_unique",
  ]);

  forget();
  expect((await ask("POST", "/v1/streams", { ...leads, table: "crm.orders" })).status).toBe(201);
  expect(asked).toEqual({
    lists: 1,
    reads: 0,
    looks: expect.arrayContaining(["crm.orders", "crm.orders_current", "crm.orders_unique"]),
  });
  expect(asked.looks).toHaveLength(4);
});

test("renaming and pausing a stream reads the registry once and looks at no table", async () => {
  const { ask, asked, forget } = await counted();
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  for (const change of [{ name: "Leads of 2026" }, { state: "paused" }]) {
    forget();
    const { status, json } = await ask("PATCH", `/v1/streams/${id}`, change);
    expect(status).toBe(200);
    expect(json).toMatchObject(change);
    expect(asked).toEqual({ lists: 1, reads: 0, looks: [] });
  }
});

test("a moved stream is answered with what is wrong with its new table, looked at once", async () => {
  const { ask, asked, forget } = await counted();
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  forget();
  const { json } = await ask("PATCH", `/v1/streams/${id}`, { table: "crm.orders", key: "orderId" });
  expect(json).toMatchObject({ table: "crm.orders", key: "orderId", warnings: [] });
  expect(asked.lists).toBe(1);
  expect([...asked.looks].sort()).toEqual([...new Set(asked.looks)].sort());
});

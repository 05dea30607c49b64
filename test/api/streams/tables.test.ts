import { expect, test } from "@jest/globals";
import { rowSpec } from "../../../functions/hits/row.ts";
import { schemaDiffers, warehouseDown } from "../../../functions/problems.ts";
import { type Ask, openAdmin } from "../../support/admin.ts";
import { leads } from "./leads.ts";

test("two streams on one table need the same key and updated; the other one is named, its address is not", async () => {
  const { ask } = await openAdmin();
  const first = (await ask("POST", "/v1/streams", { ...leads, key: "leadId" })).json;
  const refused = await ask("POST", "/v1/streams", {
    table: "crm.leads",
    offset: "UTC",
    key: "id",
  });
  expect(refused.status).toBe(409);
  expect(refused.json.code).toBe("table_shared");
  expect(refused.json.detail).toContain(
    'The stream "Leads" writes to crm.leads too, with the key leadId, no updated and no items',
  );
  expect(refused.json.detail).not.toContain(first.id);
  const second = await ask("POST", "/v1/streams", {
    table: "crm.leads",
    offset: "UTC",
    key: "leadId",
  });
  expect(second.status).toBe(201);
  const changed = await ask("PATCH", `/v1/streams/${second.json.id}`, {
    key: null,
  });
  expect(changed.json.code).toBe("table_shared");
  // A stream that is closed writes no more.
  await ask("DELETE", `/v1/streams/${first.id}`);
  expect((await ask("PATCH", `/v1/streams/${second.json.id}`, { key: null })).status).toBe(200);
});

test("streams that share a table differently by hand are warned of, and can still be renamed", async () => {
  const { ask, registry } = await openAdmin();
  registry.put("11111111-1111-4111-8111-111111111111", {
    table: "a.b",
    offset: "UTC",
    name: "One",
    key: "x",
  });
  registry.put("22222222-2222-4222-8222-222222222222", {
    table: "a.b",
    offset: "UTC",
  });
  const { streams } = (await ask("GET", "/v1/streams")).json;
  expect(streams[0]!.warnings.join()).toContain(
    "Another stream (without a name) writes to a.b too, with no key, no updated and no items",
  );
  expect(streams[1]!.warnings.join()).toContain('The stream "One" writes to a.b too');
  const renamed = await ask("PATCH", "/v1/streams/22222222-2222-4222-8222-222222222222", { name: "Two" });
  expect(renamed.json.name).toBe("Two");
});

test("a table that cannot take the rows is warned of before the first hit", async () => {
  const { ask, registry, warehouse } = await openAdmin();
  registry.put("11111111-1111-4111-8111-111111111111", {
    table: "crm.leads",
    offset: "UTC",
  });
  const warning = async () =>
    (await ask("GET", "/v1/streams/11111111-1111-4111-8111-111111111111")).json.warnings;
  expect(await warning()).toEqual([expect.stringContaining("The dataset crm does not exist")]);
  warehouse.putForeign({ dataset: "crm", table: "leads" }, [
    { name: "hit_id", type: "INT64", required: true },
  ]);
  expect(await warning()).toEqual([expect.stringContaining("the column hit_id is INT64, STRING is needed")]);
  warehouse.describe = () => Promise.reject(warehouseDown({ why: "no answer" }));
  expect(await warning()).toEqual([expect.stringContaining("The table could not be looked at")]);
});

test("a paused stream still has its say over its table, one that was closed by hand has none", async () => {
  const { ask, registry } = await openAdmin();
  const other = "11111111-1111-4111-8111-111111111111";
  registry.put(other, { ...leads, key: "leadId", state: "paused" });
  expect((await ask("POST", "/v1/streams", leads)).json.code).toBe("table_shared");
  registry.put(other, { ...leads, key: "leadId", state: "closed" });
  expect((await ask("POST", "/v1/streams", leads)).status).toBe(201);
  expect((await ask("PATCH", `/v1/streams/${other}`, { state: "active" })).json.code).toBe(
    "stream_closed_for_good",
  );
});

test.each([
  "afterclick.orders",
  "Afterclick.orders",
  "my-project.afterclick.orders",
  "INFORMATION_SCHEMA.tables",
  "pg_catalog.orders",
])("a stream never writes into a dataset that is not the user's: %s", async (table) => {
  const { ask, registry } = await openAdmin();
  const refused = await ask("POST", "/v1/streams", { ...leads, table });
  expect(refused.json).toMatchObject({ status: 400, code: "stream_refused" });
  expect(refused.json.detail).toContain(`${JSON.stringify(table)}, and `);
  expect(refused.json.detail).toContain("allowed is a table in any other dataset");
  expect(await registry.list()).toEqual([]);
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  expect((await ask("PATCH", `/v1/streams/${id}`, { table })).json.code).toBe("stream_refused");
  // A document that was written by hand can still be paused and renamed.
  registry.put(id, { ...leads, table });
  expect((await ask("PATCH", `/v1/streams/${id}`, { state: "paused" })).status).toBe(200);
});

test("a stream that deliver refuses for its table is not listed as one that works", async () => {
  const { ask, registry } = await openAdmin();
  const id = "9b2f4d7e-5c1a-4c3e-8f60-2a7d1e9b0c44";
  registry.put(id, { table: "afterclick.dead_letters", offset: "UTC" });
  const [listed] = (await ask("GET", "/v1/streams")).json.streams;
  expect(listed).toMatchObject({ id, valid: false });
  expect(listed!.problems.join()).toContain("holds Afterclick's own tables");
  expect((await ask("GET", "/v1/status")).json).toMatchObject({ streams: { total: 1, invalid: 1 } });
});

test("a table that can never take rows is refused: a view, or a name that differs only in upper and lower case", async () => {
  const { ask, registry, warehouse } = await openAdmin();
  const { id } = (await ask("POST", "/v1/streams", leads)).json;
  const of = { dataset: "crm", table: "leads" };
  await warehouse.createTable(of, rowSpec);
  await warehouse.putView({ dataset: "crm", table: "leads_report" }, { kind: "unique", of });
  const view = { table: "crm.leads_report" };
  const added = await ask("POST", "/v1/streams", { ...leads, ...view });
  expect(added.json).toMatchObject({ status: 409, code: "schema_differs" });
  expect(added.json.detail).toContain("it is a view");
  expect((await ask("PATCH", `/v1/streams/${id}`, view)).json.code).toBe("schema_differs");
  expect(await registry.list()).toHaveLength(1);
  const { describe } = warehouse;
  warehouse.describe = async (table) => {
    if (table.table === "Leads")
      throw schemaDiffers({
        table: "crm.Leads",
        differences: "the table is written leads here",
      });
    return describe(table);
  };
  expect((await ask("POST", "/v1/streams", { ...leads, table: "crm.Leads" })).json.detail).toContain(
    "written leads here",
  );
  warehouse.describe = () => Promise.reject(warehouseDown({ why: "no answer" }));
  expect((await ask("POST", "/v1/streams", leads)).status).toBe(201);
});

test.each(["crm.leads_unique", "crm.leads_current", "crm.leads_items", "crm.Leads_Unique"])(
  "no stream takes the name of another stream's view, in whichever order: %s",
  async (table) => {
    const add = (ask: Ask, of: string) => ask("POST", "/v1/streams", { ...leads, table: of });
    for (const [first, second] of [
      ["crm.leads", table],
      [table, "crm.leads"],
    ] as const) {
      const { ask, registry } = await openAdmin();
      const { id } = (await add(ask, first)).json;
      const refused = await add(ask, second);
      expect(refused.json).toMatchObject({
        status: 400,
        code: "stream_refused",
      });
      expect(refused.json.detail).toContain(`table is "${second}"`);
      expect(refused.json.detail).toContain(`writes to ${first}`);
      expect(refused.json.detail).toContain("allowed is a table whose name");
      expect(await registry.list()).toHaveLength(1);
      const other = (await add(ask, "crm.calls")).json.id;
      const change = { table: second };
      expect((await ask("PATCH", `/v1/streams/${other}`, change)).json.code).toBe("stream_refused");
      // By hand nobody is asked; then both streams say so.
      registry.put(other, { ...leads, table: second });
      for (const shown of [id, other])
        expect((await ask("GET", `/v1/streams/${shown}`)).json.warnings.join()).toMatch(
          /is the name of a view of .* Give one of the streams/,
        );
      // Its own name is free.
      expect((await ask("PATCH", `/v1/streams/${other}`, { table: "crm.calls" })).status).toBe(200);
    }
  },
);

test("a table that a removed stream wrote to is never taken for another table's view", async () => {
  const { ask, warehouse } = await openAdmin();
  const table = { dataset: "crm", table: "leads_unique" };
  const { id } = (await ask("POST", "/v1/streams", { ...leads, table: "crm.leads_unique" })).json;
  await warehouse.createTable(table, rowSpec);
  await ask("DELETE", `/v1/streams/${id}`);
  const { json } = await ask("POST", "/v1/streams", leads);
  expect(json.code).toBe("stream_refused");
  expect(json.detail).toContain("crm.leads_unique, the name of its view, is a table that streams wrote to");
  // Somebody else's table is theirs: no view is made then, and nobody takes it for one.
  warehouse.putForeign({ dataset: "crm", table: "calls_unique" }, []);
  const calls = { ...leads, table: "crm.calls" };
  expect((await ask("POST", "/v1/streams", calls)).status).toBe(201);
});

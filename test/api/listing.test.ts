import { expect, test } from "@jest/globals";
import { activity, activityDays } from "../../functions/activity/tables.ts";
import { rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { warehouseDown } from "../../functions/problems.ts";
import type { Listing } from "../../functions/streams/tables/listing.ts";
import { tableName } from "../../functions/table.ts";
import { openAdmin } from "../support/admin.ts";

/** What there is to read. */

const leads = { dataset: "crm", table: "leads" };
const current = { dataset: "crm", table: "leads_current" };

async function setup() {
  const admin = await openAdmin();
  const list = async () => {
    const { status, json } = await admin.ask("GET", "/v1/tables");
    expect(status).toBe(200);
    return json as unknown as Listing;
  };
  return { ...admin, list };
}

test("each table is listed with its views, its columns, what it is for and who writes there", async () => {
  const { ask, warehouse, list } = await setup();
  await warehouse.createDataset(leads);
  await ask("POST", "/v1/streams", { table: "crm.leads", offset: "UTC", name: "Leads", key: "id" });
  const { id } = (await ask("POST", "/v1/streams", { table: "crm.leads", offset: "UTC", key: "id" })).json;
  await ask("POST", "/v1/streams", { table: "crm.calls", offset: "UTC" });
  await warehouse.createTable(leads, rowSpec);
  await warehouse.putView(current, { kind: "current", of: leads, key: "id" });
  await warehouse.createTable({ dataset: "afterclick", table: "dead_letters" }, rowSpec);
  await warehouse.createTable({ dataset: "afterclick", table: "dead_letter_events" }, rowSpec);
  await warehouse.putView(
    { dataset: "afterclick", table: "dead_letter_states" },
    {
      kind: "dead_letter_states",
      letters: { dataset: "afterclick", table: "dead_letters" },
      events: { dataset: "afterclick", table: "dead_letter_events" },
    },
  );
  const { tables, skipped } = await list();
  expect(skipped).toEqual([]);
  expect(tables.map(({ name, kind }) => [name, kind])).toEqual([
    ["crm.calls", "missing"],
    ["crm.leads", "table"],
    ["crm.leads_current", "view"],
    ["afterclick.dead_letter_states", "view"],
  ]);
  const [, table, view] = tables;
  expect([...table!.streams].toSorted()).toEqual([id, "Leads"].toSorted());
  expect(table!.columns).toEqual(
    rowColumns.map(({ name, type, description }) => ({ name, type, description })),
  );
  expect(view!.what).toContain("latest state");
  expect(view!.streams).toEqual(table!.streams);
});

test("the tables of what arrived are listed once they are there, with what their own columns mean", async () => {
  const { warehouse, list } = await setup();
  expect((await list()).tables).toEqual([]);
  await warehouse.createTable({ dataset: "afterclick", table: "activity" }, activity);
  await warehouse.createTable({ dataset: "afterclick", table: "activity_days" }, activityDays);
  const { tables } = await list();
  expect(tables.map(({ name, kind }) => [name, kind])).toEqual([
    ["afterclick.activity", "table"],
    ["afterclick.activity_days", "table"],
  ]);
  expect(tables[0]!.columns).toEqual(
    activity.columns.map(({ name, type, description }) => ({ name, type, description })),
  );
});

test("tables that streams wrote to before are listed where the warehouse tells, the product's own are not", async () => {
  const { warehouse, list } = await setup();
  await warehouse.createDataset(leads);
  await warehouse.createTable(leads, {
    ...rowSpec,
    columns: [...rowColumns, { name: "stream_id", type: "STRING", description: "the key to write" }],
  });
  warehouse.ownTables = async () => [leads, { dataset: "afterclick", table: "dead_letters" }];
  const { tables } = await list();
  expect(tables.map(({ name, streams }) => [name, streams])).toEqual([["crm.leads", []]]);
  expect(tables[0]!.columns.map(({ name }) => name)).not.toContain("stream_id");
});

test("a table that cannot be looked at hides no other, and a table with a view's name is no view", async () => {
  const { ask, warehouse, list } = await setup();
  await warehouse.createDataset(leads);
  await ask("POST", "/v1/streams", { table: "crm.leads", offset: "UTC" });
  await ask("POST", "/v1/streams", { table: "crm.sick", offset: "UTC" });
  await warehouse.createTable(leads, rowSpec);
  warehouse.putForeign(current, [{ name: "a", type: "STRING", required: false }]);
  const describe = warehouse.describe.bind(warehouse);
  warehouse.describe = (table) =>
    tableName(table) === "crm.sick" ? Promise.reject(warehouseDown({ why: "no answer" })) : describe(table);
  const { tables, skipped } = await list();
  expect(tables.map(({ name }) => name)).toEqual(["crm.leads"]);
  expect(skipped).toEqual([{ table: "crm.sick", why: expect.stringContaining("no answer") }]);
});

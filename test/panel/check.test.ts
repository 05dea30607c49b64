import { expect, test } from "@jest/globals";
import { tableForbidden, warehouseDown } from "../../functions/problems.ts";
import { checkTable } from "../../functions/streams/check.ts";
import { rowColumns, rowSpec } from "../../functions/hits/row.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

const mine = "00000000-0000-4000-8000-000000000001";
const other = "00000000-0000-4000-8000-000000000002";
const table = { dataset: "crm", table: "leads" };

function open() {
  const registry = memoryRegistry();
  const warehouse = memoryWarehouse();
  const ports = { registry, warehouse, defaultDataset: "conversions", productDataset: "afterclick" };
  const check = (fields: Record<string, unknown> = {}) =>
    checkTable(ports, mine, { table: "crm.leads", offset: "UTC", ...fields });
  return { registry, warehouse, ports, check };
}

test("a table that is not there will be made, and its dataset with the stream", async () => {
  const { warehouse, check } = open();
  expect(await check()).toEqual([
    { kind: "warning", text: expect.stringMatching(/^The dataset crm does not exist\. It is made when/) },
  ]);
  await warehouse.createDataset(table);
  expect(await check()).toEqual([{ kind: "fine", text: "It will be made by the first hit." }]);
});

test("one that is there has our columns, some of them, or cannot take rows", async () => {
  const { warehouse, ports, check } = open();
  await warehouse.createDataset(table);
  await warehouse.createTable(table, rowSpec);
  expect(await check()).toEqual([{ kind: "fine", text: "It exists, with the columns that rows have." }]);
  const described = (columns: { name: string; type: string; required: boolean }[]) =>
    checkTable(
      { ...ports, warehouse: { describe: async () => ({ kind: "table", ours: false, columns }) } },
      mine,
      { table: "crm.leads", offset: "UTC" },
    );
  const four = rowColumns.slice(0, 4).map(({ name, type }) => ({ name, type, required: true }));
  expect(await described(four)).toEqual([
    {
      kind: "warning",
      text: expect.stringMatching(/made by somebody else, with 4 of 11 columns\. content_type, /),
    },
  ]);
  const wrong = [...four.slice(0, 1), { name: "payload", type: "INTEGER", required: true }, ...four.slice(2)];
  expect(await described(wrong)).toEqual([
    { kind: "problem", text: expect.stringMatching(/the column payload is INTEGER, STRING is needed/) },
  ]);
});

test("a table that is forbidden, or a warehouse that is away, keeps nobody from saving", async () => {
  const { ports } = open();
  const failing = (error: Error) =>
    checkTable({ ...ports, warehouse: { describe: () => Promise.reject(error) } }, mine, {
      table: "crm.leads",
      offset: "UTC",
    });
  expect(await failing(tableForbidden({ table: "crm.leads", why: "no role" }))).toMatchObject([
    { kind: "problem" },
  ]);
  expect(await failing(warehouseDown({ why: "test" }))).toMatchObject([{ kind: "problem" }]);
});

test("who else writes there is said; what the two cannot share is refused", async () => {
  const { registry, warehouse, check } = open();
  await warehouse.createDataset(table);
  await registry.write(other, { name: "Old <b>", table: "crm.leads", offset: "UTC", key: "id" }, null);
  expect(await check({ key: "id" })).toEqual([
    { kind: "fine", text: "It will be made by the first hit." },
    { kind: "warning", text: "“Old <b>” writes to this table too. Rows are told apart by stream_ref." },
  ]);
  expect(await check()).toMatchObject([
    { kind: "refused", text: expect.stringContaining("with the key id") },
  ]);
  expect(await check({ table: "crm.leads_unique" })).toMatchObject([{ kind: "refused" }]);
});

test("what a document cannot hold is refused in its own sentence", async () => {
  const { check } = open();
  expect(await check({ table: "a b" })).toEqual([
    { kind: "refused", text: expect.stringMatching(/^table is "a b"; allowed are .*\.$/) },
  ]);
  expect(await check({ table: "afterclick.x" })).toMatchObject([{ kind: "refused" }]);
  expect(await check({ offset: "+25:00" })).toMatchObject([{ kind: "refused" }]);
});

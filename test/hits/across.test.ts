import { expect, test } from "@jest/globals";
import { searchAcross, type Sought } from "../../functions/hits/across.ts";
import { makeRow, rowColumns, rowSpec } from "../../functions/hits/row.ts";
import {
  daySpent,
  statementTooDear,
  tableForbidden,
  tableMissing,
  warehouseDown,
} from "../../functions/problems.ts";
import { tableName, type TableRef } from "../../functions/table.ts";
import type { UnionOptions, UnionSelection } from "../../functions/warehouse.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

/** One question to the tables of many streams. */

const date = "2026-11-20";
const sought = {
  columns: ["hit_id"],
  where: [
    { column: "hit_id", is: "=", value: "sought" },
    { column: "date", is: ">=", value: date },
  ],
  eachMax: 1,
  limit: 100,
} satisfies Sought;

/** So many tables, the hit in the last of them, and what is asked of the warehouse. */
async function open(count: number) {
  const warehouse = memoryWarehouse();
  await warehouse.createDataset({ dataset: "shop", table: "" });
  const tables = Array.from({ length: count }, (_, n) => ({
    dataset: "shop",
    table: `t${String(n).padStart(3, "0")}`,
  }));
  const hit = { hit_id: "sought", stream_id: "s", received_at: 1, body: Buffer.from("x") };
  for (const table of tables) await warehouse.createTable(table, rowSpec);
  await warehouse.append(tables.at(-1)!, rowColumns, [await makeRow(hit, date)], { deadlineMs: 1_000 });
  const asked: string[][] = [];
  const { selectUnion } = warehouse;
  /** What fails a statement that reads this table. */
  const sick = new Map<string, () => Error>();
  warehouse.selectUnion = (selection: UnionSelection, options?: UnionOptions) => {
    const names = selection.from.map(({ table }) => table.table);
    asked.push(names);
    const failure = names.map((name) => sick.get(name)).find((one) => one !== undefined);
    return failure === undefined ? selectUnion(selection, options) : Promise.reject(failure());
  };
  const search = (options: UnionOptions = {}, what: Sought = sought) =>
    searchAcross(warehouse, tables, what, options);
  return { warehouse, tables, asked, sick, search };
}

const forbidden = (name: string) => () => tableForbidden({ table: name, why: "no rights" });

test("130 tables are asked by three statements, and each is told as searched", async () => {
  const { search, asked, tables } = await open(130);
  const found = await search();
  expect(asked.map(({ length }) => length).sort()).toEqual([30, 50, 50]);
  expect(found.rows).toEqual([{ table: tables.at(-1), row: { hit_id: "sought" } }]);
  expect(found.tables).toEqual(tables.map(tableName));
  expect(found.skipped).toEqual([]);
});

test("one sick table is named, and hides no other: the halves without it answer", async () => {
  const { search, asked, sick, tables } = await open(32);
  sick.set("t010", forbidden("shop.t010"));
  const found = await search();
  expect(found.rows).toHaveLength(1);
  expect(found.skipped).toEqual([{ table: "shop.t010", why: expect.stringContaining("no rights") }]);
  expect(found.tables).toEqual(tables.map(tableName).filter((name) => name !== "shop.t010"));
  // The first one, and two for each halving of 32.
  expect(asked).toHaveLength(11);
});

test("a table that went away after it was looked at is no table without rows that was searched", async () => {
  const { search, sick } = await open(4);
  sick.set("t001", () => tableMissing({ table: "shop.t001" }));
  expect(await search()).toMatchObject({
    rows: [{}],
    tables: ["shop.t000", "shop.t002", "shop.t003"],
    skipped: [],
  });
});

test("tables that are not there, that lack what is asked for, or have it otherwise are asked nothing", async () => {
  const { search, asked, warehouse, tables } = await open(2);
  const columnOf = (name: string, type: string) => ({ name, type, required: false });
  const others: [TableRef, { name: string; type: string; required: boolean }[]][] = [
    [{ dataset: "shop", table: "lacks" }, [columnOf("date", "DATE")]],
    [{ dataset: "shop", table: "other" }, [columnOf("hit_id", "INT64"), columnOf("date", "DATE")]],
  ];
  for (const [table, columns] of others) warehouse.putForeign(table, columns);
  tables.push(
    { dataset: "shop", table: "none" },
    { dataset: "nowhere", table: "none" },
    ...others.map(([one]) => one),
  );
  const found = await search();
  expect(asked).toEqual([["t000", "t001"]]);
  expect(found.tables).toEqual(["shop.t000", "shop.t001"]);
  expect(found.skipped).toEqual([
    { table: "shop.lacks", why: expect.stringContaining("it has no column hit_id") },
    { table: "shop.other", why: expect.stringContaining("the column hit_id is INT64, STRING is needed") },
  ]);
});

test("what a table has of the columns that may hold a text is searched, also where it has no more than the first four", async () => {
  const { search, warehouse, tables } = await open(1);
  const four = { dataset: "shop", table: "four" };
  warehouse.putForeign(
    four,
    rowColumns.slice(0, 4).map(({ name, type }) => ({ name, type, required: true })),
  );
  await warehouse.append(four, rowColumns.slice(0, 4), [["other", "x=N1", 2, date]], { deadlineMs: 1_000 });
  tables.push(four);
  const text = { columns: ["payload", "query", "headers"], text: "x" };
  const { rows } = await search({}, { columns: ["hit_id", "query", "received_at"], holding: text, limit: 9 });
  expect(rows.map(({ row }) => row["hit_id"]).sort()).toEqual(["other", "sought"]);
});

test("what is too dear as a whole is asked in parts; what is spent for the day is not asked again", async () => {
  const { search, asked, sick, tables } = await open(4);
  sick.set("t000", () => statementTooDear({ bytes: 2, bytesMax: 1 }));
  expect(await search({ isPersons: true })).toMatchObject({ rows: [{}], skipped: [{ table: "shop.t000" }] });
  asked.length = 0;
  sick.set("t000", () => daySpent({ bytes: 2, sum: 2, bytesMax: 1 }));
  const { skipped, rows } = await search({ isPersons: true });
  expect(rows).toEqual([]);
  expect(skipped.map(({ table }) => table)).toEqual(tables.map(tableName));
  expect(asked).toHaveLength(1);
});

test("a warehouse that does not answer is asked no further, and is no answer", async () => {
  const { search, asked, sick } = await open(32);
  sick.set("t010", () => warehouseDown({ why: "away" }));
  await expect(search()).rejects.toMatchObject({ code: "warehouse_down" });
  expect(asked).toHaveLength(1);
});

test("when nobody waits any more, no further statement is asked", async () => {
  const { search, asked, sick } = await open(32);
  const client = new AbortController();
  sick.set("t000", () => {
    client.abort();
    return forbidden("shop.t000")();
  });
  await expect(search({ signal: client.signal })).rejects.toMatchObject({ code: "query_refused" });
  expect(asked).toHaveLength(1);
});

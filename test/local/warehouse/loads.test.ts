import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { Row, TableSpec } from "../../../functions/warehouse.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { openLoads } from "../../../infra/local/warehouse/rows/loads.ts";
import { column, problemOf } from "../../promises/warehouse/setup.ts";
import { deadlineMs, freshFolder, log } from "./setup.ts";

const { directory, remove } = await freshFolder();
const warehouse = await openWarehouse({ directory, log });
await warehouse.createDataset({ dataset: "crm", table: "" });
afterAll(async () => {
  await warehouse.close();
  await remove();
});

const spec: TableSpec = {
  description: "Rows in bulk",
  columns: [
    column("id", "STRING", true),
    column("date", "DATE"),
    column("text", "STRING"),
    column("value", "NUMERIC"),
    column("more", "JSON"),
  ],
  partitionBy: "date",
  clusterBy: ["id"],
};

async function made(table: string) {
  const ref = { dataset: "crm", table };
  await warehouse.createTable(ref, spec);
  const rows = () => warehouse.select({ from: ref, orderBy: [{ column: "id" }], limit: 100 });
  return { ref, rows, load: warehouse.openLoad(ref, spec.columns, { id: `${table}.1`, deadlineMs }) };
}

test("every text and number comes out of a load as it went in, and no file stays behind", async () => {
  const texts = ["", " ", "NULL", "a\r\nb\rc\n", '"', '""', '",', "\ufeffa", "'", "\\N", "x".repeat(100_000)];
  const numbers = [
    "99999999999999999999999999999.999999999",
    "-0.000000001",
    "1000000000",
    "999999999.999999999",
    "-99999999999.5",
  ];
  const some = texts.map((text, index): Row => [
    `i${10 + index}`,
    index === 3 ? null : "2026-11-20",
    text,
    numbers[index] ?? null,
    index === 4 ? '{"a":["b"]}' : null,
  ]);
  const { rows, load } = await made("texts");
  await load.add(some);
  // A text that no file holds; rows that are equal in all columns; no rows at all.
  await load.add([["i30", null, "a\0b", null, null]]);
  await load.add([
    ["i40", null, null, null, null],
    ["i40", null, null, null, null],
  ]);
  await load.add([]);
  await load.end();
  const named = ([id, date, text, value, more]: Row) => ({ id, date, text, value, more });
  const alike: Row = ["i40", null, null, null, null];
  expect(await rows()).toEqual([...some, ["i30", null, "a\0b", null, null], alike, alike].map(named));
  expect(readdirSync(join(directory, "io"))).toEqual([]);
});

test.each([
  ["date", ["b", "2026-02-30", null, null, null]],
  ["more", ["b", null, null, null, "{"]],
  ["id", [null, null, null, null, null]],
] as const)(
  "a row with a wrong %s is told as of an append, and none of its rows is written",
  async (name, wrong) => {
    const { rows, load } = await made(`wrong_${name}`);
    const problem = await problemOf(load.add([["a", null, null, null, null], wrong]));
    expect([problem.code, JSON.stringify(problem.facts)]).toEqual([
      "row_refused",
      expect.stringContaining(`"index":1,"why":"${name} `),
    ]);
    expect(await rows()).toEqual([]);
  },
);

test("whatever may have been written is not written a second time", async () => {
  const load = openLoads({
    folder: join(directory, "io"),
    load: () => Promise.reject(new Error("the process ended")),
    append: () => Promise.reject(new Error("an append came after it")),
  })({ dataset: "crm", table: "any" }, spec.columns, { id: "any.1", deadlineMs });
  await expect(load.add([["a", null, null, null, null]])).rejects.toThrow("the process ended");
});

/** Many tables hold memory between two checkpoints, and get it without one for each few of them. */
import { expect, test } from "@jest/globals";
import { statSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, type DatabaseSettings } from "../../../infra/local/warehouse/file/duckdb.ts";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import { openStore } from "../../../infra/local/warehouse/store.ts";
import { foldSettings, oneRow, orders, ordersSpec } from "../../faults/folding.ts";
import { inFolder } from "../../support/folder.ts";

const tables = Array.from({ length: 120 }, (_, index) => ({ ...orders, table: `t${index}` }));
/** What the tables hold is past half of the memory, and below 64 MB. */
const settings: Partial<DatabaseSettings> = {
  memoryMegabytesMax: 64,
  walBytesMax: 64 * 1024 * 1024,
};

/** Writes a row to each table.
 *  @returns whether a checkpoint followed, and DuckDB's limit in MB during the rows
 *  and after the next ones */
const written = (tablesMegabytesMax: number) =>
  inFolder(async (directory) => {
    const given = { ...foldSettings(directory), ...settings, tablesMegabytesMax };
    const database = await openDatabase(given);
    const limit = () =>
      database.use(async ({ reader }) => {
        const read = await reader.runAndReadAll("select current_setting('memory_limit')");
        return Math.round(parseFloat(String(read.getRows()[0]![0])) * 1.048576);
      });
    try {
      const store = await openStore(database, given);
      await store.createDataset(orders);
      for (const table of tables) await store.createTable({ table, spec: ordersSpec });
      const file = join(directory, warehouseFileName);
      const before = statSync(file).size;
      const failures = await store.append(tables.map((table) => oneRow(table, "h0")));
      expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
      const grown = await limit();
      // One writes at a time: a checkpoint that was due comes before this.
      await store.createDataset({ ...orders, dataset: "after" });
      return { isFolded: statSync(file).size > before, grown, after: await limit() };
    } finally {
      await database.close();
    }
  });

test("many tables that are written in turn get memory of their own, and no checkpoint for it", async () => {
  expect(await written(256)).toEqual({ isFolded: false, grown: 128, after: 128 });
});

test("tables that hold more than they may are folded, and give the memory back", async () => {
  expect(await written(40)).toEqual({ isFolded: true, grown: 128, after: 64 });
});

import { expect, test } from "@jest/globals";
import { join } from "node:path";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import { problemOf, spec } from "../../promises/warehouse/setup.ts";
import { inFolder } from "../../support/folder.ts";
import { add, byHand, hitsIn, orders, withWarehouse } from "./setup.ts";

/** The demo's dataset goes again as a whole. */

test("a dataset of ours goes with its tables and views, also where they would be folded, and can be made anew", async () => {
  await withWarehouse(
    async (warehouse) => {
      const view = { ...orders, table: "orders_unique" };
      await warehouse.putView(view, { kind: "unique", of: orders });
      for (let n = 0; n < 6; n++) await add(warehouse, `before ${n}`);
      await warehouse.dropDataset(orders.dataset);
      expect((await problemOf(warehouse.describe(orders))).code).toBe("dataset_missing");
      expect((await problemOf(add(warehouse, "lost"))).code).toBe("dataset_missing");
      await warehouse.dropDataset(orders.dataset);
      await warehouse.createDataset(orders);
      await warehouse.createTable(orders, spec);
      for (let n = 0; n < 6; n++) await add(warehouse, `after ${n}`);
      expect(await hitsIn(warehouse)).toHaveLength(6);
      expect(await warehouse.describe(view)).toBeUndefined();
      expect(await warehouse.verify()).toEqual([]);
    },
    // Each append is a checkpoint of its own, and two of them are folded.
    { walBytesMax: 1, foldGroupsMin: 2 },
  );
});

test("what was dropped is gone after a restart too", async () => {
  await inFolder(async (directory) => {
    await withWarehouse(
      async (warehouse) => {
        await add(warehouse, "a");
        await warehouse.dropDataset(orders.dataset);
      },
      { directory },
    );
    const rows = await byHand(
      join(directory, warehouseFileName),
      "select count(*) from duckdb_tables() where schema_name = 'crm'",
    );
    expect(rows.map(([count]) => Number(count))).toEqual([0]);
  });
});

test("where somebody else's table is in it nothing goes", async () => {
  await inFolder(async (directory) => {
    await withWarehouse((warehouse) => add(warehouse, "a"), { directory });
    await byHand(join(directory, warehouseFileName), "create table crm.theirs(x integer)");
    await withWarehouse(
      async (warehouse) => {
        expect((await problemOf(warehouse.dropDataset(orders.dataset))).code).toBe("schema_differs");
        expect(await hitsIn(warehouse)).toEqual(["a"]);
      },
      { directory },
    );
  });
});

import { expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { warehouseFileName } from "../../../infra/local/warehouse/sql.ts";
import { openWarehouse } from "../../../infra/local/warehouse/warehouse.ts";
import { warehousePromises } from "../../promises/warehouse.ts";
import { columns, problemOf, row, spec } from "../../promises/warehouse/setup.ts";
import { inFolder } from "../../support/folder.ts";
import {
  add,
  byHand,
  bytesOf,
  deadlineMs,
  freshFolder,
  hitsIn,
  log,
  orders,
  withWarehouse,
} from "./setup.ts";

warehousePromises("duckdb", async () => {
  const folder = await freshFolder();
  const warehouse = await openWarehouse({ directory: folder.directory, log });
  await warehouse.createDataset({ dataset: "crm", table: "" });
  let count = 0;
  return {
    warehouse,
    freshTable: () => ({ dataset: "crm", table: `table_${(count += 1)}` }),
    missingDatasetTable: () => ({ dataset: "nowhere", table: "orders" }),
    showsAtOnce: true,
    async close() {
      await warehouse.close();
      await folder.remove();
    },
  };
});

test("what DuckDB's catalog does not take is told in its words, and of no role to grant", () =>
  withWarehouse(async (warehouse) => {
    const problem = await problemOf(
      warehouse.createDataset({ dataset: "pg_mine", table: "x" }).then(() =>
        warehouse.createTable(
          { dataset: "pg_mine", table: "x" },
          {
            ...spec,
            columns: [...columns, ...columns],
          },
        ),
      ),
    );
    expect(problem.code).toBe("schema_differs");
    expect(problem.message).not.toMatch(/BigQuery|Catalog Error|Binder/);
    expect(problem.message).toContain("hit_id");
  }));

test("rows, tables, labels and views are there after a stop and a start", async () => {
  await inFolder(async (directory) => {
    const view = { ...orders, table: "orders_current" };
    const definition = { kind: "current", of: orders, key: "orderId" } as const;
    const first = await openWarehouse({ directory, log });
    await first.createDataset(orders);
    await first.createTable(orders, spec);
    await first.putView(view, definition);
    await add(first, "a", "b");
    const described = [await first.describe(orders), await first.describe(view)];
    await first.close();
    const second = await openWarehouse({ directory, log });
    try {
      expect([await second.describe(orders), await second.describe(view)]).toEqual(described);
      await second.putView(view, definition);
      await add(second, "c");
      expect(await hitsIn(second)).toEqual(["a", "b", "c"]);
      expect(await hitsIn(second, view)).toEqual(["a", "b", "c"]);
    } finally {
      await second.close();
    }
  });
});

test("a stop while the log is folded into the file waits for it", async () => {
  await inFolder(async (directory) => {
    for (let round = 0; round < 5; round += 1)
      await withWarehouse((warehouse) => add(warehouse, `h${round}`), {
        directory,
        walBytesMax: 1,
      });
    await withWarehouse(async (warehouse) => expect(await hitsIn(warehouse)).toHaveLength(5), { directory });
  });
});

test("a file that is no DuckDB file stops the start with one line", async () => {
  await inFolder(async (directory) => {
    await writeFile(join(directory, warehouseFileName), "not a database".repeat(1000));
    const problem = await problemOf(openWarehouse({ directory, log }));
    expect(problem.code).toBe("file_unusable");
    expect(problem.message).not.toContain("\n");
  });
});

test("another process cannot open the file, also after an export and a copy were made", async () => {
  await withWarehouse(async (warehouse, directory) => {
    await add(warehouse, "a");
    await bytesOf(await warehouse.export("select * from crm.orders", "csv"));
    await warehouse.snapshot(join(directory, "copy.duckdb"));
    const script = `
      const { DuckDBInstance } = await import(${JSON.stringify(import.meta.resolve("@duckdb/node-api"))});
      const opened = await DuckDBInstance.create(process.argv[1]).then(() => "opened", (error) => error.message);
      console.log(opened);`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "-e",
      script,
      join(directory, warehouseFileName),
    ]);
    expect(stdout).toMatch(/lock/i);
  });
});

test("names that differ only in case are refused with a reason, never mixed", async () => {
  await withWarehouse(async (warehouse) => {
    const upper = { ...orders, table: "Orders" };
    for (const work of [
      warehouse.createTable(upper, spec),
      warehouse.append(upper, columns, [row({})], { deadlineMs }),
      warehouse.createDataset({ dataset: "CRM", table: "" }),
      warehouse.select({ from: { dataset: "CRM", table: "orders" }, limit: 1 }),
    ]) {
      const problem = await problemOf(work);
      expect(problem.code).toBe("schema_differs");
      expect(problem.message).toMatch(/upper from lower case/);
    }
  });
});

test("a dataset with its project, and datasets named as DuckDB's own catalogs, hold tables and views", async () => {
  await withWarehouse(async (warehouse) => {
    for (const dataset of [
      { project: "my-proj.example", dataset: "ds" },
      { dataset: "temp" },
      { dataset: "warehouse" },
      { dataset: "main" },
    ]) {
      const table = { ...dataset, table: "or-ders" };
      const view = { ...dataset, table: "or-ders_unique" };
      await warehouse.createDataset(table);
      await warehouse.createTable(table, spec);
      await warehouse.append(table, columns, [row({}), row({})], {
        deadlineMs,
      });
      await warehouse.putView(view, { kind: "unique", of: table });
      expect(await hitsIn(warehouse, view)).toEqual(["h"]);
    }
  });
});

test("it tells all tables of ours, with their projects, and neither views nor what others made", async () => {
  await inFolder(async (directory) => {
    await byHand(join(directory, warehouseFileName), "create schema crm", "create table crm.theirs(a int)");
    await withWarehouse(
      async (warehouse) => {
        const far = { project: "my-proj", dataset: "ds", table: "a-b" };
        for (const table of [orders, far]) {
          await warehouse.createDataset(table);
          await warehouse.createTable(table, spec);
        }
        const view = { ...orders, table: "orders_unique" };
        await warehouse.putView(view, { kind: "unique", of: orders });
        const told = await warehouse.ownTables!();
        expect(told).toHaveLength(2);
        expect(told).toEqual(expect.arrayContaining([orders, far]));
      },
      { directory },
    );
  });
});

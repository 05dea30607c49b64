import { expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { openWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { warehouseFileName } from "../../infra/local/warehouse/sql.ts";
import { inFolder } from "../support/folder.ts";
import { oddValues, type OddValue } from "../support/odd-values.ts";

const ask = { rowsMax: 10, deadlineMs: 60_000 };

/** A warehouse whose file somebody filled with a view of each value. */
async function withTables(
  values: readonly OddValue[],
  work: (warehouse: Awaited<ReturnType<typeof openWarehouse>>) => Promise<void>,
): Promise<void> {
  await inFolder(async (directory) => {
    const instance = await DuckDBInstance.create(join(directory, warehouseFileName));
    const writer = await instance.connect();
    await writer.run("set TimeZone = 'UTC'");
    await writer.run("create schema odd");
    for (const [index, { sql }] of values.entries())
      await writer.run(`create view odd.t${index} as select 1::bigint as received_at, ${sql} as x`);
    writer.closeSync();
    instance.closeSync();
    const warehouse = await openWarehouse({ directory, log: () => undefined });
    try {
      await work(warehouse);
    } finally {
      await warehouse.close();
    }
  });
}

test("a value of any type, nested three deep, is read as it is", async () => {
  const seed = Date.now() % 2 ** 31;
  const values = await oddValues(200, seed);
  await withTables(values, async (warehouse) => {
    for (const [index, { sql, json }] of values.entries()) {
      const table = { dataset: "odd", table: `t${index}` };
      const said = (read: unknown) => ({ seed, sql, read: JSON.stringify(read) });
      const { rows } = await warehouse.query(`select x from odd.t${index}`, ask);
      expect(said(rows[0]![0])).toEqual(said(json));
      const selected = (await warehouse.select({ from: table, limit: 1 }))[0]!["x"];
      const text = selected instanceof Uint8Array ? Buffer.from(selected).toString("base64") : selected;
      const isNested = typeof json === "object" && json !== null;
      expect(said(text)).toEqual(said(isNested ? JSON.stringify(json) : json));
    }
  });
});

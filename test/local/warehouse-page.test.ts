import { expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { columns, row, spec } from "../promises/warehouse.ts";
import { inFolder } from "../support/folder.ts";

const page = readFileSync(new URL("../../docs/warehouse.md", import.meta.url), "utf8");
/** BigQuery has no ->>; the embedded warehouse has. */
const embedded = [...page.matchAll(/```sql\n([^`]+)```/g)]
  .flatMap(([, block]) => block!.split(";\n"))
  .map((statement) => statement.trim())
  .filter((statement) => statement.includes("->>"));

const table = { dataset: "example", table: "orders" };

test("every SQL of docs/warehouse.md for the embedded warehouse runs and gives what the page says", () =>
  inFolder(async (directory) => {
    const warehouse = await openWarehouse({ directory, log: () => undefined });
    try {
      await warehouse.createDataset(table);
      await warehouse.createTable(table, spec);
      await warehouse.putView(
        { ...table, table: "orders_current" },
        { kind: "current", of: table, key: "orderId" },
      );
      await warehouse.putView({ ...table, table: "orders_unique" }, { kind: "unique", of: table });
      const hits = ["pending", "delivered"].map((status, index) =>
        row({
          hit_id: `h${index}`,
          received_at: index,
          // One of the page's queries reads the last 90 days.
          date: new Date().toISOString().slice(0, 10),
          fields: JSON.stringify({ orderId: "N1", status, total: "120.13" }),
        }),
      );
      await warehouse.append(table, columns, hits, { deadlineMs: 30_000 });

      const joined = embedded.filter((sql) => sql.includes(".parquet'"));
      const inside = embedded.filter((sql) => !joined.includes(sql));
      expect([inside.length, joined.length]).toEqual([3, 1]);
      const answers = await Promise.all(
        inside.map((sql) => warehouse.query(sql, { rowsMax: 9, deadlineMs: 30_000 })),
      );
      expect(answers.map(({ rows }) => rows)).toEqual([
        [["N1", "delivered"]],
        [["N1", "delivered"]],
        [["delivered", expect.anything(), "120.13"]],
      ]);

      const orders = await warehouse.export("select * from example.orders_current", "parquet");
      await writeFile(join(directory, "orders.parquet"), orders);
      expect(await joinedByHand(joined[0]!, directory)).toEqual([["2020-10-19", "mail", "1", "120.13"]]);
    } finally {
      await warehouse.close();
    }
  }));

/** As DuckDB's own shell does, in the folder of the two files. */
async function joinedByHand(sql: string, directory: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run(
      "copy (select date '2020-10-19' as date, 'mail' as source, 'N1' as transaction_id) " +
        `to '${join(directory, "purchases.parquet")}'`,
    );
    const reader = await connection.runAndReadAll(sql.replaceAll(/'(\w+\.parquet)'/g, `'${directory}/$1'`));
    return reader.getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

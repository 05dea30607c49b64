import { expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { inFolder } from "../../../support/folder.ts";
import { oddValues, type OddValue } from "./odd-values.ts";

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

test("a file has the columns and bytes that an answer has: names that repeat, and base64", async () => {
  await withTables([], async (warehouse) => {
    const sql = `select 1 as a, 2 as A, 3 as a_2, unhex('ff00') as payload_bytes, '\ufeffx' as t -- the end`;
    const { columns, rows } = await warehouse.query(sql, ask);
    const names = columns.map(({ name }) => name);
    expect(names).toEqual(["a", "A_3", "a_2", "payload_bytes", "t"]);
    expect(rows).toEqual([[1, 2, 3, "/wA=", "\ufeffx"]]);
    expect(String(await bytesOf(warehouse, sql, "csv"))).toBe(`${names}\n${rows[0]!}\n`);
    await inFolder(async (directory) => {
      const file = join(directory, "x.parquet");
      await writeFile(file, await bytesOf(warehouse, sql, "parquet"));
      const instance = await DuckDBInstance.create(":memory:");
      const reader = await (
        await instance.connect()
      ).runAndReadAll(`select hex(payload_bytes), * from '${file}'`);
      expect(reader.columnNames().slice(1)).toEqual(names);
      expect(reader.getRows()[0]!.slice(0, 4)).toEqual(["FF00", 1, 2, 3]);
      instance.closeSync();
    });
  });
});

test("every value but nested ones is in CSV as in an answer, or as DuckDB writes it", async () => {
  const values = (await oddValues(0, 1)).filter(({ types: [type] }) => type === "varchar" || type === "blob");
  await withTables([], async (warehouse) => {
    const sql = values.map(({ sql }, index) => `select ${index} as i, ${sql} as x`).join(" union all ");
    for (const [type, of] of Object.entries(Object.groupBy(values, ({ types: [type] }) => type!))) {
      const rows = of!.map(({ sql }, index) => `select ${index} as i, ${sql} as x`).join(" union all ");
      const text = String(await bytesOf(warehouse, `${rows} order by i`, "csv"));
      expect({ type, sql, text }).toEqual({ type, sql, text: csvOf(of!.map(({ json }) => String(json))) });
    }
  });
});

/** RFC 4180, as DuckDB writes it. */
function csvOf(texts: readonly string[]): string {
  const cell = (text: string) =>
    text === "" || /[",\r\n]|^#|^ | $/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return ["i,x", ...texts.map((text, index) => `${index},${cell(text)}`), ""].join("\n");
}

async function bytesOf(
  warehouse: Awaited<ReturnType<typeof openWarehouse>>,
  sql: string,
  format: "csv" | "parquet",
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await warehouse.export(sql, format)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

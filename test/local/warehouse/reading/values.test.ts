import { expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAdmin } from "../../../../functions/api/admin.ts";
import type { Snapshots } from "../../../../functions/snapshots.ts";
import { openDoor } from "../../../../infra/http.ts";
import { type LocalWarehouse, openWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { openAdmin } from "../../../support/admin.ts";
import { afterclick } from "../../../support/cli.ts";
import { readCsv } from "../../../support/csv.ts";
import { inFolder } from "../../../support/folder.ts";
import { oddValues, type OddValue } from "./odd-values.ts";

const ask = { rowsMax: 10, deadlineMs: 60_000 };

interface OddTable {
  readonly table: string;
  readonly values: readonly OddValue[];
}

/** A warehouse whose file somebody filled with views of so many of the values each, as `x0` and so on. */
async function withTables(
  values: readonly OddValue[],
  columns: number,
  work: (warehouse: LocalWarehouse, tables: readonly OddTable[]) => Promise<void>,
): Promise<void> {
  const tables = Array.from({ length: Math.ceil(values.length / columns) }, (_, index) => ({
    table: `odd.t${index}`,
    values: values.slice(index * columns, (index + 1) * columns),
  }));
  await inFolder(async (directory) => {
    const instance = await DuckDBInstance.create(join(directory, warehouseFileName));
    const writer = await instance.connect();
    await writer.run("set TimeZone = 'UTC'");
    await writer.run("create schema odd");
    for (const { table, values } of tables) {
      const cells = values.map(({ sql }, at) => `${sql} as x${at}`);
      await writer.run(`create view ${table} as select 1::bigint as received_at, ${cells.join(", ")}`);
    }
    writer.closeSync();
    instance.closeSync();
    const warehouse = await openWarehouse({ directory, log: () => undefined });
    try {
      await work(warehouse, tables);
    } finally {
      await warehouse.close();
    }
  });
}

test("a value of any type, nested three deep, is read as it is", async () => {
  const seed = Date.now() % 2 ** 31;
  const values = await oddValues(200, seed);
  await withTables(values, 1, async (warehouse) => {
    for (const [index, { sql, json }] of values.entries()) {
      const table = { dataset: "odd", table: `t${index}` };
      const said = (read: unknown) => ({ seed, sql, read: JSON.stringify(read) });
      const { rows } = await warehouse.query(`select x0 from odd.t${index}`, ask);
      expect(said(rows[0]![0])).toEqual(said(json));
      const selected = (await warehouse.select({ from: table, limit: 1 }))[0]!["x0"];
      const text = selected instanceof Uint8Array ? Buffer.from(selected).toString("base64") : selected;
      const isNested = typeof json === "object" && json !== null;
      expect(said(text)).toEqual(said(isNested ? JSON.stringify(json) : json));
    }
  });
});

test("a file has the columns and bytes that an answer has: names that repeat, and base64", async () => {
  await withTables([], 1, async (warehouse) => {
    const sql = `select 1 as a, 2 as A, 3 as a_2, unhex('ff00') as payload_bytes, '\ufeffx' as t -- the end`;
    const { columns, rows } = await warehouse.query(sql, ask);
    const names = columns.map(({ name }) => name);
    expect(names).toEqual(["a", "A_3", "a_2", "payload_bytes", "t"]);
    expect(rows).toEqual([[1, 2, 3, "/wA=", "\ufeffx"]]);
    expect(String(await bytesOf(warehouse, sql, "csv"))).toBe(`${names}\r\n1,2,3,/wA=,"\ufeffx"\r\n`);
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

test("a value of any type, nested three deep, is the same in query --json, --csv, rows --json and export", async () => {
  const seed = Date.now() % 2 ** 31;
  const values = await oddValues(200, seed);
  await withTables(values, 20, async (warehouse, tables) => {
    const snapshots = { export: warehouse.export } as Snapshots;
    const ports = await openAdmin({ warehouse, snapshots });
    const door = await openDoor(createAdmin({ ...ports, warehouse, snapshots }), {
      host: "127.0.0.1",
      port: 0,
      log: () => undefined,
    });
    try {
      for (const { table, values } of tables)
        await inFolder(async (folder) => {
          const cli = async (...argv: string[]) => {
            const { code, out, err } = await afterclick(argv, { url: door.url, workingDir: folder });
            expect({ seed, argv, code, err: code === 0 ? "" : err }).toEqual({
              seed,
              argv,
              code: 0,
              err: "",
            });
            return out;
          };
          const sql = `select * from ${table}`;
          const csv = await cli("query", sql, "--csv");
          await cli("export", table, "--output", "x.csv");
          const file = await readFile(join(folder, "x.csv"), "utf8");
          const [queried] = JSON.parse(await cli("query", sql, "--json", "--raw")) as [object];
          const [row] = JSON.parse(await cli("rows", table, "--json", "--raw")) as [object];
          const cells = Object.values(queried).slice(1);
          for (const [at, { sql, json }] of values.entries()) {
            const said = (value: unknown) => ({ seed, sql, value: JSON.stringify(value) });
            expect(said(cells[at])).toEqual(said(json));
            expect(said(Object.values(row)[at + 1])).toEqual(said(json));
            const isNested = typeof json === "object" && json !== null;
            const cell = isNested ? JSON.stringify(json) : json === null ? null : String(json);
            for (const text of [csv, file]) expect(said(readCsv(text)[1]![at + 1])).toEqual(said(cell));
          }
          expect(file).toBe(csv);
        });
    } finally {
      await door.drain();
    }
  });
});

async function bytesOf(warehouse: LocalWarehouse, sql: string, format: "csv" | "parquet"): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await warehouse.export(sql, format)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

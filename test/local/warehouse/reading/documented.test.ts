import { expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { openWarehouse, type LocalWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { borrowedPromises } from "../../../promises/borrowed.ts";
import {
  documentedPromises,
  documentedSql,
  fillDocumented,
  joined,
  plainRows,
} from "../../../promises/documented.ts";
import { reconcilePromises } from "../../../promises/warehouse/reconcile.ts";
import { shapePromises } from "../../../promises/warehouse/shapes.ts";
import { inFolder } from "../../../support/folder.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";

const ask = { rowsMax: 100, deadlineMs: 60_000 };
const log = () => undefined;

async function opened<Result>(
  directory: string,
  work: (warehouse: LocalWarehouse) => Promise<Result>,
): Promise<Result> {
  const warehouse = await openWarehouse({ directory, log });
  try {
    return await work(warehouse);
  } finally {
    await warehouse.close();
  }
}

async function open() {
  const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  const warehouse = await openWarehouse({ directory, log });
  return {
    warehouse,
    async close() {
      await warehouse.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

documentedPromises("duckdb", open);
borrowedPromises("duckdb", open);
shapePromises("duckdb", open);
reconcilePromises("duckdb", open, 10_000);

test("the text for DuckDB's own shell runs there, on exported files", () =>
  inFolder(async (directory) => {
    const data = join(directory, "data");
    const files = join(directory, "files");
    await Promise.all([mkdir(data), mkdir(files)]);
    await opened(data, async (warehouse) => {
      await fillDocumented(warehouse);
      for (const [file, table] of [
        ["orders.parquet", "example.orders_current"],
        ["purchases.parquet", "web.purchases"],
      ] as const)
        await pipeline(
          await warehouse.export(`select * from ${table}`, "parquet"),
          createWriteStream(join(files, file)),
        );
    });
    const instance = await DuckDBInstance.create(":memory:");
    const shell = await instance.connect();
    try {
      const [{ sql } = { sql: "" }, ...more] = documentedSql("duckdb");
      expect(more).toEqual([]);
      const here = sql.replaceAll(/'(\w+\.parquet)'/g, (_, file: string) => `'${join(files, file)}'`);
      const statements = here.split(";\n");
      for (const statement of statements.slice(0, -1)) await shell.run(statement);
      const rows = (await shell.runAndReadAll(statements.at(-1)!)).getRows();
      expect(plainRows(rows.map((row) => row.map(String)))).toEqual(joined);
    } finally {
      shell.closeSync();
      instance.closeSync();
    }
  }));

test("a function of BigQuery that is not there is named", () =>
  inFolder((directory) =>
    opened(directory, async (warehouse) => {
      const { message } = await problemOf(warehouse.query("select PARSE_NUMERIC('1')", ask));
      expect(message).toMatch(/parse_numeric does not exist/);
    }),
  ));

test("JSON_VALUE gives texts without quotes, and NULL for what is no scalar; JSON_QUERY gives all", () =>
  inFolder((directory) =>
    opened(directory, async (warehouse) => {
      const json = `'{"a":"x\\"y","n":1.5,"t":true,"z":null,"o":{"b":[1]},"l":[2]}'::json`;
      const paths = ["a", "n", "t", "z", "o", "o.b", "l", "none"];
      const one = paths.map((path) => `JSON_VALUE(f.${path})`).join(", ");
      const two = paths.map((path) => `json_value(f, '$.${path}')`).join(", ");
      const sql = (list: string) => warehouse.query(`select ${list} from (select ${json} as f)`, ask);
      const values = ['x"y', "1.5", "true", null, null, null, null, null];
      expect((await sql(one)).rows[0]).toEqual(values);
      expect((await sql(two)).rows[0]).toEqual(values);
      expect((await sql("JSON_QUERY(f.o), JSON_QUERY(f, '$.l[0]'), JSON_QUERY(f.none)")).rows[0]).toEqual([
        '{"b":[1]}',
        "2",
        null,
      ]);
      expect((await sql("CAST('0.123456789' AS NUMERIC), SAFE_CAST('x' AS FLOAT64)")).rows[0]).toEqual([
        "0.123456789",
        null,
      ]);
    }),
  ));

test("a folder of 0.1.0 has its views made anew: they mean DuckDB's own json_value", () =>
  inFolder(async (directory) => {
    const sql =
      `select "id", "fields" from "crm"."leads" qualify row_number() over (partition by ` +
      `coalesce(nullif((json_value(fields, '$."id"') ->> '$'), ''), id) order by id desc) = 1`;
    const instance = await DuckDBInstance.create(join(directory, warehouseFileName));
    const writer = await instance.connect();
    await writer.run("create schema crm; create table crm.leads (id varchar, fields json)");
    await writer.run(`insert into crm.leads values ('1', '{"id":"a"}'), ('2', '{"id":"a"}'), ('3', null)`);
    await writer.run(`create view crm.leads_current as ${sql}`);
    await writer.run(`comment on view crm.leads_current is 'Afterclick: ${sql.replaceAll("'", "''")}'`);
    writer.closeSync();
    instance.closeSync();
    for (const _ of ["the first start", "the next one"])
      await opened(directory, async (warehouse) => {
        const { rows } = await warehouse.query(
          "select id, JSON_VALUE(fields.id) from crm.leads_current order by id",
          ask,
        );
        expect(rows).toEqual([
          ["2", "a"],
          ["3", null],
        ]);
        await expect(warehouse.describe({ dataset: "crm", table: "leads_current" })).resolves.toMatchObject({
          ours: true,
        });
      });
  }));

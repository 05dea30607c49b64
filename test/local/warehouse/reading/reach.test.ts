import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { letterRow } from "../../../../functions/letters/letter.ts";
import { letterStore } from "../../../../functions/letters/store.ts";
import { rowColumns, rowSpec } from "../../../../functions/hits/row.ts";
import { streamRef } from "../../../../functions/stream-ref.ts";
import { whyOf } from "../../../../infra/local/thread/worker.ts";
import { oneLine, warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { openWarehouse, type LocalWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { makeHit } from "../../../support/hits.ts";

/** What people's SQL may not reach on one machine: the keys to write to streams, and where the
 *  server keeps its files. */

const hit = makeHit({ body: Buffer.from("a=1") });
const key = hit.stream_id;
const deadlineMs = 30_000;
const orders = { dataset: "example", table: "orders" };
let directory: string;
let warehouse: LocalWarehouse;

const ask = (sql: string) => warehouse.query(sql, { rowsMax: 1000, deadlineMs });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  const open = () => openWarehouse({ directory, log: () => {}, defaultDataset: "example" });
  warehouse = await open();
  await warehouse.createDataset(orders);
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  const store = letterStore({ warehouse, productDataset: "afterclick", log: () => undefined });
  await store.ensure();
  const letter = letterRow(hit, { reason: "gave_up", detail: "Fix it.", at: 1 });
  await store.append("letters", [letter], { deadlineMs });
  // As an earlier version made it.
  const old = rowColumns.map((column) =>
    column.name === "stream_ref" ? { ...column, name: "stream_id" } : column,
  );
  await warehouse.createTable(orders, { ...rowSpec, columns: old });
  const row = old.map(({ name }) =>
    name === "stream_id" ? key : name === "received_at" ? 1 : name === "date" ? "2026-01-02" : null,
  );
  await warehouse.append(orders, old, [row.with(0, "h").with(1, "p")], { deadlineMs });
  await warehouse.putView({ ...orders, table: "orders_unique" }, { kind: "unique", of: orders });
  await warehouse.close();
  // What somebody made by hand while the server was down.
  const instance = await DuckDBInstance.create(join(directory, warehouseFileName));
  const byHand = await instance.connect();
  for (const sql of [
    "create view example.mine as select reason, stream_id as k from afterclick.dead_letters",
    'create view example."a AS b" as select * from example.mine',
    "create view example.packed as select to_json(o) as j from example.orders o",
    "create view example.plain as select * from example.orders",
    "create view example.fine as select hit_id from afterclick.dead_letter_states",
  ])
    await byHand.run(sql);
  byHand.closeSync();
  instance.closeSync();
  warehouse = await open();
}, 600_000);

afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

test.each([
  "select * from afterclick.dead_letters",
  'select * from "AfterClick"."Dead_Letters"',
  "select stream_id from warehouse.afterclick.dead_letters as d",
  'select 1 from "warehouse"."afterclick"."dead_letters" limit 0',
  "with d as (select * from afterclick.dead_letters) select max(stream_id) from d",
  "with dead_letters as (select * from afterclick.dead_letters) select * from dead_letters",
  "select (select max(stream_id) from afterclick.dead_letters)",
  "select 1 where exists (from afterclick.dead_letters where stream_id like '5%')",
  "from example.orders union all by name from afterclick.dead_letters",
  "select * from example.orders o, lateral (select d.stream_id from afterclick.dead_letters d)",
  "from (summarize afterclick.dead_letters)",
  "summarize afterclick.dead_letters",
  "describe afterclick.dead_letters",
  "from (pivot afterclick.dead_letters on reason in ('gave_up') using max(stream_id))",
  "from (unpivot afterclick.dead_letters on stream_id)",
  "from summary((from afterclick.dead_letters))",
  "from query_table('afterclick.dead_letters')",
  "from query('from afterclick.dead_letters')",
  "from histogram('afterclick.dead_letters', stream_id)",
  "from histogram_values(afterclick.dead_letters, stream_id)",
  "from json_execute_serialized_sql(json_serialize_sql('from afterclick.dead_letters'))",
  "from example.mine",
  "from mine",
  'from example."a AS b"',
  "from example.packed",
  "table afterclick.dead_letters",
  "select * from afterclick.dead_letter_states s join afterclick.dead_letters d using (hit_id)",
])("no key is read by: %s", async (sql) => {
  const problem = await problemOf(ask(sql));
  expect(problem.code).toBe("query_refused");
  expect(problem.message).not.toContain(key);
  for (const format of ["csv", "parquet"] as const)
    expect((await problemOf(warehouse.export(sql, format))).code).toBe("query_refused");
});

test("the refusal names the view that people read, and it has the reference in place of the key", async () => {
  const { message } = await problemOf(ask("from afterclick.dead_letters"));
  expect(message).toContain("Read afterclick.dead_letter_states");
  const { columns, rows } = await ask("select * from afterclick.dead_letter_states");
  expect(JSON.stringify(rows)).not.toContain(key);
  expect(columns.map(({ name }) => name)).not.toContain("stream_id");
  expect((await ask("select stream_ref from afterclick.dead_letter_states")).rows).toEqual([
    [streamRef(key)],
  ]);
  expect((await ask("from example.fine")).rows).toEqual([[hit.hit_id]]);
  expect((await ask("with dead_letters as (select 7 as n) from dead_letters")).rows).toEqual([[7]]);
});

test.each([
  "select * from example.orders",
  "from orders",
  "from ORDERS as o",
  "select o from orders o",
  "select to_json(o) from example.orders as o",
  "from example.orders as o(a, b, c, d, e, f, g, h, i)",
  "select null, null, null, null, null, null, null, null, null, null union all select * from orders",
  "with o as (from warehouse.example.orders) select columns('.*') from o",
  "from (unpivot (select columns(*)::varchar from orders) on columns(*))",
  "from (summarize example.orders)",
  "select * from orders_unique",
  "from example.plain",
  "from orders tablesample 100 percent",
])("a table of an earlier version is read without its keys by: %s", async (sql) => {
  const { rows } = await ask(sql);
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(key);
});

test.each([
  "select stream_id from orders",
  "select orders.stream_id as x from example.orders",
  "select max(stream_id) from orders",
  "with orders as (select 1 as one) select o from orders o",
])("a table of an earlier version has no column of keys for: %s", async (sql) => {
  expect((await problemOf(ask(sql))).code).toBe("query_refused");
});

test("large numbers and texts of a statement come through as they are written", async () => {
  const big = "170141183460469231731687303715884105727";
  const { rows } = await ask(`select ${big} as n, 9007199254740993 as m, 'it''s' as t, 0.1 as d from orders`);
  expect(rows).toEqual([[big, "9007199254740993", "it's", "0.1"]]);
});

test("an export holds no key either", async () => {
  for (const format of ["csv", "parquet"] as const) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await warehouse.export("from example.orders", format)) chunks.push(chunk);
    const file = Buffer.concat(chunks);
    expect(file.includes("2026-01-02") || format === "parquet").toBe(true);
    expect(file.includes(key)).toBe(false);
    expect(file.includes("stream_id")).toBe(false);
  }
});

test.each([
  "select current_setting('temp_directory')",
  "select value from duckdb_settings()",
  "from pg_settings",
  "from pg_catalog.pg_settings",
  "from duckdb_databases",
  "from main.duckdb_databases",
  "from duckdb_databases()",
  "from pragma_database_list",
  "from system.main.pragma_database_list",
  "pragma database_list",
  "from duckdb_logs",
  "from duckdb_temporary_files()",
  "from duckdb_secrets()",
  "select pg_sleep(1)",
  "select sleep_ms(1)",
  "select getenv('HOME')",
  "copy (select 1) to 'x.csv'",
  "from 'warehouse.duckdb'",
  "from read_text('/etc/hostname')",
  "from glob('*')",
])("nothing of the server shows in: %s", async (sql) => {
  const problem = await problemOf(ask(sql));
  expect(problem.code).toBe("query_refused");
  expect(problem.message).not.toContain(directory);
});

test.each([
  "from house",
  "from main.house",
  "from warehouse.main.house",
  'select * from "Main"."HOUSE" h',
  "select 1 where exists (select page from house)",
  "from (summarize house)",
  "describe house",
  "with house as (from main.house) from house",
])("the file's own page is no table of people's: %s", async (sql) => {
  await warehouse.note('{"house":"h"}');
  const { code, message } = await problemOf(ask(sql));
  expect([code, message]).toEqual(["query_refused", expect.stringContaining("Afterclick's own")]);
});

test("no list of tables shows the page, and a table or name of theirs may be called like it", async () => {
  await warehouse.note('{"house":"h"}');
  const namesIn = async (sql: string, column: string) => {
    const { columns, rows } = await ask(sql);
    const at = columns.findIndex(({ name }) => name === column);
    return rows.map((row) => row[at]);
  };
  expect(await namesIn("show tables", "name")).toEqual(
    expect.arrayContaining(["orders", "orders_unique", "mine"]),
  );
  for (const sql of [
    "show tables",
    "show all tables",
    "show tables from main",
    "from (show tables)",
    "describe",
  ])
    expect(await namesIn(sql, "name")).not.toContain("house");
  expect((await problemOf(ask("from hous"))).message).toBe(
    "Catalog Error: Table with name hous does not exist! Correct the statement and ask again.",
  );
  expect((await ask("with house as (select 7 as n) from house")).rows).toEqual([[7]]);
  const theirs = { dataset: "example", table: "house" };
  await warehouse.createTable(theirs, rowSpec);
  expect((await ask("select count(*) from house")).rows).toEqual([[0]]);
  expect((await problemOf(ask("from main.house"))).code).toBe("query_refused");
});

test("the names of tables are people's to see, and no value of them", async () => {
  for (const sql of [
    "show tables",
    "show all tables",
    "show databases",
    "from information_schema.columns",
    "from duckdb_tables()",
  ])
    expect(JSON.stringify(await ask(sql))).not.toContain(key);
  expect(JSON.stringify(await ask("from duckdb_tables()"))).not.toContain(directory);
});

test("an error of the disk names the file and not where it lies", () => {
  const said =
    'IO Error: Could not write file "/srv/data/our folder/tmp/duckdb_temp_block-1.block": No space left';
  expect(oneLine(new Error(said))).toBe(
    'IO Error: Could not write file "tmp/duckdb_temp_block-1.block": No space left',
  );
  expect(oneLine(new Error('Cannot open file "C:\\data\\warehouse.duckdb.wal"'))).toBe(
    'Cannot open file "warehouse.duckdb.wal"',
  );
  const gone = "ENOENT: no such file or directory, statfs '/srv/our data/queue.sqlite'";
  expect(whyOf(new Error(gone))).toBe("ENOENT: no such file or directory, statfs 'queue.sqlite'");
  expect(whyOf(new Error("it said 'no' and '1/2'."))).toBe("it said 'no' and '1/2'");
});

test("a CSV for spreadsheets says that it is UTF-8, and no cell of it runs; the exact one is exact", async () => {
  const sql = String.raw`select '=1+1' as "=cmd", ' @x' as a, '-12.5' as b, -7 as c, '+49 30' as d, null as e, 'é=1' as f, '' as g`;
  const read = async (format: "csv" | "excel") => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await warehouse.export(sql, format)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  expect(await read("csv")).toBe('=cmd,a,b,c,d,e,f,g\r\n=1+1," @x",-12.5,-7,+49 30,,é=1,""\r\n');
  expect(await read("excel")).toBe("\ufeff'=cmd,a,b,c,d,e,f,g\r\n'=1+1,' @x,-12.5,-7,'+49 30,,é=1,\"\"\r\n");
});

test("nobody else on the machine reads what is exported on its way out", async () => {
  for (const folder of ["io", "tmp"]) expect((await stat(join(directory, folder))).mode & 0o777).toBe(0o700);
});

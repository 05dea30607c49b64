import { expect, test } from "@jest/globals";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../../functions/problem.ts";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { add, deadlineMs, hitsIn, withWarehouse } from "../setup.ts";

/** What a person may ask for, and what a refusal tells them to do. */

const ask = { rowsMax: 100, deadlineMs };

test("only reads of this warehouse's tables pass", async () => {
  await withWarehouse(async (warehouse, directory) => {
    await add(warehouse, "a");
    const outside = join(directory, "outside.csv");
    await writeFile(outside, "a\n1\n");
    const refused = refusedIn(directory, outside);
    for (const sql of refused) {
      const given = await warehouse.query(sql, ask).then(
        () => `passed: ${sql}`,
        (error: unknown) => (error instanceof Problem ? error.code : error),
      );
      expect(given).toBe("query_refused");
      const exported = await warehouse.export(sql, "csv").then(
        () => `exported: ${sql}`,
        (error: unknown) => (error instanceof Problem ? error.code : error),
      );
      expect(exported).toBe("query_refused");
    }
    expect(await readdir(join(directory, "io"))).toEqual([]);
    expect(await hitsIn(warehouse)).toEqual(["a"]);
    for (const sql of passing) expect((await warehouse.query(sql, ask)).columns.length).toBeGreaterThan(0);
  });
});

test("an error is one line that says what is wrong", async () => {
  await withWarehouse(async (warehouse) => {
    for (const sql of [
      "select nothing from crm.orders",
      "selec 1",
      "select * from crm.order",
      "select 'a'::int",
    ]) {
      const { message } = await problemOf(warehouse.query(sql, ask));
      expect(message).not.toContain("\n");
      expect(message).not.toContain("LINE 1");
      expect(message).toMatch(/^(Parser|Binder|Catalog|Conversion) Error: .*[.?!] [A-Z].*\.$/);
      expect(message).not.toContain("Send one SELECT");
    }
  });
});

test.each([
  ["select nothing from crm.orders", "Correct the statement and ask again."],
  ["select 'a'::int", "where the statement has ->>, put brackets around it, or use JSON_VALUE."],
  ["select getenv('HOME')", "Write the query without it; it reads tables of this warehouse."],
  ["select ?", "Write the value into the statement."],
  ["drop table crm.orders", "Send one SELECT statement that reads tables of this warehouse."],
  ["select 1; select 2", "Send one SELECT statement that reads tables of this warehouse."],
  [" -- nothing\n ; /* */ ;", "Send one SELECT statement that reads tables of this warehouse."],
  [
    "pivot crm.orders on hit_id using count(*)",
    "Name them: PIVOT … ON column IN ('one', 'other') USING …; and send one statement.",
  ],
  [
    "from (pivot crm.orders on hit_id using count(*))",
    "Name them: PIVOT … ON column IN ('one', 'other') USING …; and send one statement.",
  ],
])("the advice fits what is wrong with: %s", async (sql, advice) => {
  await withWarehouse(async (warehouse) => {
    const { code, message } = await problemOf(warehouse.query(sql, ask));
    expect(code).toBe("query_refused");
    expect(message.endsWith(` ${advice}`) ? advice : message).toBe(advice);
  });
});

test("a PIVOT that names its values is answered", async () => {
  await withWarehouse(async (warehouse) => {
    await add(warehouse, "a", "b", "b");
    const sql =
      "from (pivot (select hit_id from crm.orders) on hit_id in ('a', 'b', 'c') using count(*)) select a, b, c";
    expect((await warehouse.query(sql, ask)).rows).toEqual([[1, 2, 0]]);
  });
});

test("a bare table name is looked for in the default dataset", async () => {
  await withWarehouse(
    async (warehouse) => {
      await add(warehouse, "a");
      expect((await warehouse.query("select hit_id from orders", ask)).rows).toEqual([["a"]]);
    },
    { defaultDataset: "crm" },
  );
});

/** What a person may not ask for. @param outside a file beside the warehouse */
const refusedIn = (directory: string, outside: string): string[] => [
  `copy crm.orders to '${directory}/x.csv'`,
  `copy (select 1) to '${directory}/io/x.csv'`,
  `attach '${directory}/io/x.duckdb'`,
  `attach ':memory:' as m`,
  "detach warehouse",
  "install httpfs",
  "load httpfs",
  "set memory_limit = '10GB'",
  "set lock_configuration = false",
  "reset memory_limit",
  "pragma memory_limit = '10GB'",
  "pragma enable_profiling",
  "pragma disable_checkpoint_on_shutdown",
  "checkpoint",
  "vacuum",
  "begin",
  "commit",
  "use main",
  "call checkpoint()",
  "prepare p as select 1",
  "create macro f() as 1",
  "set variable a = 1",
  "export database '/tmp/x'",
  "explain analyze select 1",
  "delete from crm.orders",
  "with gone as (delete from crm.orders returning *) select * from gone",
  "drop table crm.orders",
  "truncate crm.orders",
  "alter table crm.orders add column x int",
  "select 1; select 2",
  "select 1; drop table crm.orders",
  "select $1",
  "select * from read_text('/etc/passwd')",
  `select * from read_csv('${outside}')`,
  `select * from '${outside}'`,
  "select * from '/etc/passwd'",
  "select * from read_parquet('https://example.com/x.parquet')",
  "select * from glob('/etc/*')",
  `select * from glob('${directory}/*')`,
  `select (select count(*) from read_blob('${directory}/${warehouseFileName}'))`,
  "select getenv('HOME')",
  "select * from checkpoint()",
  "select * from force_checkpoint()",
  "select * from enable_logging()",
  "select * from ENABLE_PROFILING()",
  "select * from range(1) join disable_logging() on true",
  "select 1 where exists (select * from truncate_duckdb_logs())",
  "with a as (select * from enable_logging()) select * from a",
  "select * from query('select 1')",
  "select * from query_table('crm.orders')",
  "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
  "select * from duckdb_secrets()",
  "select write_log('x')",
  "select sleep_ms(1)",
  "select 1) to '/tmp/x.csv' (format csv); --",
  "",
  ";",
  "-- nothing",
  "select",
  `select '${"x".repeat(100_000)}'`,
];

const passing = [
  "select * from crm.orders",
  "select * from crm.orders;",
  "select * from crm.orders -- the orders",
  "from crm.orders",
  "table crm.orders",
  "with a as (select 1 as b) select * from a",
  "values (1)",
  "describe crm.orders",
  "summarize crm.orders",
  "show all tables",
  "select fields->>'orderId', json_value(fields, '$.orderId') from crm.orders",
  "select * from crm.orders, json_each(fields)",
  "select unnest(range(3))",
  "select table_name from information_schema.tables",
];

/** The conformance suite over DuckDB, then what only a warehouse in a file promises. Each case is short; there are many
 *  of them, since each trap of the embedded store that was met has one. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DuckDBInstance } from "@duckdb/node-api";
import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "../../functions/problem.ts";
import type { TableRef } from "../../functions/table.ts";
import { freeBytes } from "../../infra/local/thread/disk.ts";
import { openDatabase } from "../../infra/local/warehouse/duckdb.ts";
import { warehouseFileName } from "../../infra/local/warehouse/sql.ts";
import {
  openWarehouse,
  type LocalWarehouse,
  type WarehouseConfig,
} from "../../infra/local/warehouse/warehouse.ts";
import { columns, problemOf, row, spec, warehousePromises } from "../promises/warehouse.ts";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { noSmallDisk } from "../support/small-disk.ts";
import { until } from "../support/until.ts";

const log = () => undefined;
async function freshFolder() {
  const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  return {
    directory,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
const deadlineMs = 30_000;
const orders: TableRef = { dataset: "crm", table: "orders" };

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

/** A warehouse with the table crm.orders. */
async function withWarehouse(
  work: (warehouse: LocalWarehouse, directory: string) => Promise<void>,
  config: Partial<WarehouseConfig> = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const directory = config.directory ?? folder;
    const warehouse = await openWarehouse({ log, ...config, directory });
    try {
      await warehouse.createDataset(orders);
      await warehouse.createTable(orders, spec);
      await work(warehouse, directory);
    } finally {
      await warehouse.close();
    }
  });
}

/** As a person with DuckDB's own shell does, while the server is stopped. */
async function byHand(file: string, ...statements: string[]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    let rows: unknown[][] = [];
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowsJson();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const add = (warehouse: LocalWarehouse, ...hits: string[]) =>
  warehouse.append(
    orders,
    columns,
    hits.map((hit_id) => row({ hit_id })),
    { deadlineMs },
  );

async function hitsIn(warehouse: LocalWarehouse, from = orders): Promise<unknown[]> {
  const found = await warehouse.select({
    from,
    columns: ["hit_id"],
    orderBy: [{ column: "hit_id" }],
    limit: 100_000,
  });
  return found.map(({ hit_id }) => hit_id);
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

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

describe("tables that somebody else made", () => {
  const other = (table: string): TableRef => ({ dataset: "crm", table });
  const four = columns.slice(0, 4);
  const four_sql =
    "hit_id varchar not null, payload varchar not null, received_at bigint not null, date date not null";
  const made = [
    "create schema crm",
    `create table crm.keyed(${four_sql}, primary key (hit_id))`,
    `create table crm.checked(${four_sql}, check (payload <> 'bad'))`,
    `create table crm.typed(hit_id uuid, payload varchar, received_at integer, date date, tags varchar[], price decimal(9, 2))`,
  ];
  const hit = (hit_id: string, payload = "p") => row({ hit_id, payload }).slice(0, 4);

  async function withTheirs(work: (warehouse: LocalWarehouse) => Promise<void>): Promise<void> {
    await inFolder(async (directory) => {
      await byHand(join(directory, warehouseFileName), ...made);
      await withWarehouse(work, { directory });
    });
  }

  test("they are described in DuckDB's words and are not ours", async () => {
    await withTheirs(async (warehouse) => {
      expect(await warehouse.describe(other("typed"))).toEqual({
        kind: "table",
        ours: false,
        columns: [
          { name: "hit_id", type: "UUID", required: false },
          { name: "payload", type: "STRING", required: false },
          { name: "received_at", type: "INTEGER", required: false },
          { name: "date", type: "DATE", required: false },
          { name: "tags", type: "VARCHAR[]", required: false },
          { name: "price", type: "DECIMAL(9,2)", required: false },
        ],
      });
      const problem = await problemOf(warehouse.append(other("typed"), four, [hit("a")], { deadlineMs }));
      expect(problem.message).toContain("hit_id is UUID where STRING is written");
      // Columns that are not written may have any type.
      const two = [columns[1]!, columns[3]!];
      await warehouse.append(other("typed"), two, [["p", "2024-01-01"]], {
        deadlineMs,
      });
      expect(
        await warehouse.select({
          from: other("typed"),
          columns: ["payload", "tags", "price"],
          limit: 9,
        }),
      ).toEqual([{ payload: "p", tags: null, price: null }]);
    });
  });

  test("rows that only the table's own rules refuse are named, and one such table fails alone in its group", async () => {
    await withTheirs(async (warehouse) => {
      const rows = Array.from({ length: 50 }, (_, index) =>
        hit(`h${index}`, index === 17 || index === 40 ? "bad" : "good"),
      );
      const sick = problemOf(warehouse.append(other("checked"), four, rows, { deadlineMs }));
      const well = Array.from({ length: 20 }, (_, index) => add(warehouse, `w${index}`));
      await Promise.all(well);
      const problem = await sick;
      expect(problem.code).toBe("row_refused");
      expect((problem.given as { rows: { index: number }[] }).rows.map(({ index }) => index)).toEqual([
        17, 40,
      ]);
      expect(await hitsIn(warehouse)).toHaveLength(20);
      expect(await hitsIn(warehouse, other("checked"))).toEqual([]);
    });
  });

  test("a failed append leaves nothing behind that a later one would write", async () => {
    await withTheirs(async (warehouse) => {
      const table = other("keyed");
      await warehouse.append(table, four, [hit("a")], { deadlineMs });
      const problem = await problemOf(
        warehouse.append(table, four, [hit("b"), hit("a"), hit("c")], {
          deadlineMs,
        }),
      );
      expect((problem.given as { rows: { index: number }[] }).rows.map(({ index }) => index)).toEqual([1]);
      await warehouse.append(table, four, [hit("b"), hit("c")], { deadlineMs });
      expect(await hitsIn(warehouse, table)).toEqual(["a", "b", "c"]);
      // Two rows that clash only with each other.
      const twice = await problemOf(warehouse.append(table, four, [hit("d"), hit("d")], { deadlineMs }));
      expect(twice.code).toBe("row_refused");
      expect(await hitsIn(warehouse, table)).toHaveLength(3);
    });
  });

  test("a view of a person is not replaced by ours", async () => {
    await inFolder(async (directory) => {
      await byHand(
        join(directory, warehouseFileName),
        "create schema crm",
        "create view crm.orders_unique as select 1 as a",
      );
      await withWarehouse(
        async (warehouse) => {
          const view = other("orders_unique");
          expect((await problemOf(warehouse.putView(view, { kind: "unique", of: orders }))).code).toBe(
            "schema_differs",
          );
          expect(await warehouse.describe(view)).toMatchObject({
            kind: "view",
            ours: false,
          });
          expect((await problemOf(warehouse.append(view, columns, [row({})], { deadlineMs }))).code).toBe(
            "schema_differs",
          );
        },
        { directory },
      );
    });
  });
});

describe("queries of people", () => {
  const ask = { rowsMax: 100, deadlineMs };
  const slow = "select count(*) from range(1000000000) a, range(1000000000) b";

  test("a query past its deadline is ended, and appends go on beside it", async () => {
    await withWarehouse(async (warehouse) => {
      const gone = new AbortController();
      const options = { rowsMax: 1, deadlineMs: 600_000, signal: gone.signal };
      const beside = problemOf(warehouse.query(slow, options));
      let count = 0;
      while (count < 6) await add(warehouse, `h${(count += 1)}`);
      gone.abort();
      expect((await beside).message).toContain("Nobody waits for the query");
      const query = problemOf(warehouse.query(slow, { rowsMax: 1, deadlineMs: 1_500 }));
      expect((await query).message).toMatch(/longer than 1.5 s/);
      expect(await hitsIn(warehouse)).toHaveLength(count);
      expect((await warehouse.query("select 1 as a", ask)).rows).toEqual([[1]]);
    });
  });

  test("a query that nobody waits for ends at once, and makes way for the next one", async () => {
    await withWarehouse(async (warehouse) => {
      const gone = new AbortController();
      const options = { rowsMax: 1, deadlineMs: 600_000, signal: gone.signal };
      const runs = problemOf(warehouse.query(slow, options));
      const next = warehouse.query("select 1 as a", ask);
      gone.abort();
      expect((await next).rows).toEqual([[1]]);
      expect((await runs).message).toContain("Nobody waits for the query");
      expect((await problemOf(warehouse.query(slow, options))).code).toBe("query_refused");
    });
  });

  test("an export that nobody waits for leaves the line, and the others stay in it", async () => {
    await withWarehouse(async (warehouse, directory) => {
      const first = new AbortController();
      const runs = problemOf(
        warehouse.query(slow, {
          rowsMax: 1,
          deadlineMs: 600_000,
          signal: first.signal,
        }),
      );
      const gone = new AbortController();
      const left = problemOf(warehouse.export("select 1", "csv", { signal: gone.signal }));
      const next = warehouse.query("select 1 as a", ask);
      gone.abort();
      expect((await left).code).toBe("query_refused");
      first.abort();
      expect((await next).rows).toEqual([[1]]);
      await runs;
      expect(await readdir(join(directory, "io"))).toEqual([]);
    });
  });

  test("a query has its whole deadline from its turn on", async () => {
    await withWarehouse(async (warehouse) => {
      const before = problemOf(warehouse.query(slow, { rowsMax: 1, deadlineMs: 5_000 }));
      const { rows } = await warehouse.query("select 1 as a", {
        rowsMax: 1,
        deadlineMs: 4_500,
      });
      expect(rows).toEqual([[1]]);
      await before;
    });
  });

  test("a query whose turn does not come is told that others run", async () => {
    await withWarehouse(
      async (warehouse) => {
        const gone = new AbortController();
        const runs = problemOf(
          warehouse.query(slow, {
            rowsMax: 1,
            deadlineMs: 600_000,
            signal: gone.signal,
          }),
        );
        const { code, status, message } = await problemOf(warehouse.query("select 1", ask));
        expect([code, status]).toEqual(["warehouse_busy", 503]);
        expect(message).toMatch(/^Other queries run, and none ended within 0.2 s. .* Try again/);
        gone.abort();
        await runs;
      },
      { queryWaitMs: 200 },
    );
  });

  test("a query that runs does not hold up the stop", async () => {
    await inFolder(async (directory) => {
      const warehouse = await openWarehouse({ directory, log });
      const query = problemOf(warehouse.query(slow, { rowsMax: 1, deadlineMs: 600_000 }));
      await until(
        "the query runs",
        async () => (await warehouse.describe({ dataset: "main", table: "x" })) === undefined,
      );
      await warehouse.close();
      expect(["query_refused", "warehouse_down"]).toContain((await query).code);
    });
  });

  test("only reads of this warehouse's tables pass", async () => {
    await withWarehouse(async (warehouse, directory) => {
      await add(warehouse, "a");
      const outside = join(directory, "outside.csv");
      await writeFile(outside, "a\n1\n");
      const refused = [
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
        expect(message).toMatch(/Error: .*[.?!] Send one SELECT statement/);
      }
    });
  });

  test("values of every type come as JSON that loses nothing", async () => {
    await withWarehouse(async (warehouse) => {
      const values: [sql: string, json: unknown][] = [
        ["9007199254740991::bigint", 9007199254740991],
        ["9007199254740992::bigint", "9007199254740992"],
        ["'-9223372036854775808'::bigint", "-9223372036854775808"],
        ["170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727"],
        ["12::utinyint", 12],
        ["1.10::decimal(5,2)", "1.10"],
        ["0.5::double", 0.5],
        ["'nan'::double", "NaN"],
        ["'-infinity'::double", "-Infinity"],
        ["true", true],
        ["null", null],
        ["date '2024-02-29'", "2024-02-29"],
        ["timestamp '2024-02-29 10:00:00.123456'", "2024-02-29T10:00:00.123456"],
        ["timestamptz '2024-02-29 10:00:00+02'", "2024-02-29T08:00:00.000Z"],
        ["timestamptz '1969-12-31 23:59:59.999999+00'", "1969-12-31T23:59:59.999999Z"],
        ["'infinity'::timestamptz", "infinity"],
        ["time '10:00:00'", "10:00:00"],
        ["interval '1 month 2 days'", "1 month 2 days"],
        ["uuid '522ed95e-9f07-45f6-a0b7-28bf2d0315e5'", "522ed95e-9f07-45f6-a0b7-28bf2d0315e5"],
        ["'\\xFF\\x00'::blob", "/wA="],
        ["'{\"a\": 1}'::json", '{"a": 1}'],
        ["[1::bigint, 9007199254740993, null]", [1, "9007199254740993", null]],
        [
          "{'a': 1.5::decimal(3,1), 'b': {'c': timestamptz '2024-01-01 00:00:00+00'}}",
          { a: "1.5", b: { c: "2024-01-01T00:00:00.000Z" } },
        ],
        ["map {'k': '\\x01'::blob}", [{ key: "k", value: "AQ==" }]],
        ["'a'::enum('a', 'b')", "a"],
        ["'101'::bit", "101"],
      ];
      const { rows } = await warehouse.query(
        `select ${values.map(([sql], index) => `${sql} as c${index}`).join(", ")}`,
        ask,
      );
      for (const [index, [sql, json]] of values.entries())
        expect([sql, rows[0]![index]]).toEqual([sql, json]);
      expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
      const twice = await warehouse.query("select 1 as a, 2 as a", ask);
      expect(new Set(twice.columns.map(({ name }) => name)).size).toBe(2);
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

  test("an answer of more than 64 MiB is cut, rows of that size are refused rather than loaded, or given as far as they fit", async () => {
    await withWarehouse(async (warehouse) => {
      const payload = "x".repeat(8 * 1024 * 1024);
      for (let index = 0; index < 9; index += 1)
        await warehouse.append(orders, columns, [row({ hit_id: `h${index}`, payload })], { deadlineMs });
      const sql = "select payload from crm.orders";
      const { rows, truncated } = await warehouse.query(sql, ask);
      expect([rows.length, truncated]).toEqual([8, true]);
      const select = (limit: number) => warehouse.select({ from: orders, columns: ["payload"], limit });
      expect((await select(8)).length).toBe(8);
      expect((await problemOf(select(9))).message).toMatch(
        /more than 67108864 bytes together\. Ask for fewer at once\.$/,
      );
      const some = await warehouse.selectSome({
        from: orders,
        columns: ["hit_id", "payload"],
        orderBy: [{ column: "hit_id" }],
        limit: 9,
      });
      expect(some.truncated).toBe(true);
      expect(some.rows.map(({ hit_id }) => hit_id)).toEqual(
        Array.from({ length: 7 }, (_, index) => `h${index}`),
      );
    });
  });

  test.each([
    ["a text", "repeat('x', 70_000_000)"],
    ["bytes", "repeat('x', 70_000_000)::blob"],
    ["a list", "(select list(range) from range(5_000_000))"],
    ["texts in a list", "[repeat('x', 1000) for x in range(70_000)]"],
    ["lists in a list", "[[x] for x in range(2_000_000)]"],
    ["a map", "map {'k': repeat('x', 70_000_000)}"],
    ["a member of an object", "{'a': {'b': repeat('x', 70_000_000)}}"],
    ["an array", "array_value(repeat('x', 70_000_000), 'y')"],
    ["one of a union", "union_value(a := repeat('x', 70_000_000))"],
    ["bits", "repeat('1', 70_000_000)::bit"],
    ["names of objects", `[{'${"n".repeat(9000)}': x} for x in range(9000)]`],
    ["a long enum in a list", `['e'::enum('e', '${"n".repeat(9000)}') for x in range(9000)]`],
  ])("%s of more than 64 MiB in one row is refused with what to do", async (_, sql) => {
    await withWarehouse(async (warehouse) => {
      const problem = await problemOf(warehouse.query(`select ${sql} as v`, ask));
      expect(problem.code).toBe("answer_too_large");
      expect(problem.message).toMatch(/One row has more than.*unnest/);
      expect((await warehouse.query("select 1", ask)).rows).toEqual([[1]]);
    });
  });

  test("lists, objects and NULLs of any size below the limit are shown as they are", async () => {
    await withWarehouse(async (warehouse) => {
      const { rows } = await warehouse.query(
        "select if(r % 2 = 0, [r, null], null), if(r = 1, null, {'a': [{'b': 'x' || r}, null]}), " +
          "union_value(u := r::varchar), array_value(r, r), map {r: repeat('y', 20)}, " +
          "(select count(*) from (select unnest(range(1_000_000)))) from range(3) t(r)",
        ask,
      );
      const of = (r: number, list: unknown, object: unknown) => [
        list,
        object,
        { tag: "u", value: String(r) },
        [r, r],
        [{ key: r, value: "y".repeat(20) }],
        1_000_000,
      ];
      expect(rows).toEqual([
        of(0, [0, null], { a: [{ b: "x0" }, null] }),
        of(1, null, null),
        of(2, [2, null], { a: [{ b: "x2" }, null] }),
      ]);
      const [[list] = []] = (await warehouse.query("select list(range) from range(1_000_000)", ask)).rows;
      expect((list as number[]).length).toBe(1_000_000);
      expect((await problemOf(warehouse.query("select 1::variant", ask))).message).toMatch(/cast it to JSON/);
      const json = "select '{\"a\":[1]}'::json::variant::json";
      expect((await warehouse.query(json, ask)).rows).toEqual([['{"a":[1]}']]);
    });
  });
});

describe("files", () => {
  test("an export gives the rows as Parquet and CSV and leaves nothing behind", async () => {
    await withWarehouse(async (warehouse, directory) => {
      await warehouse.append(
        orders,
        columns,
        [row({ hit_id: "a", payload: 'x,"y"\n' }), row({ hit_id: "b", fields: '{"k":1}' })],
        { deadlineMs },
      );
      const parquet = await bytesOf(
        await warehouse.export("select * from crm.orders order by hit_id", "parquet"),
      );
      const csv = await bytesOf(
        await warehouse.export("select hit_id, payload from crm.orders order by hit_id;", "csv"),
      );
      expect(csv.toString()).toBe('hit_id,payload\na,"x,""y""\n"\nb,p\n');
      const file = join(directory, "out.parquet");
      await writeFile(file, parquet);
      expect(
        await byHand(
          ":memory:",
          `select hit_id, payload, received_at::varchar, date::varchar, fields->>'k' from '${file}'`,
        ),
      ).toEqual([
        ["a", 'x,"y"\n', "1603131452000", "2020-10-19", null],
        ["b", "p", "1603131452000", "2020-10-19", "1"],
      ]);
      // Leaving early is fine too.
      for await (const _ of await warehouse.export("select * from crm.orders", "csv")) break;
      expect(await readdir(join(directory, "io"))).toEqual([]);
    });
  });

  test.each([
    "select 'it''s; 1' as a; -- hi",
    "select 'it''s; 1' as a -- hi;",
    "select 'it''s; 1' as a;; /* ;\n */ ;",
    "-- hi\nselect $$it's; 1$$ as a",
  ])("semicolons and comments change nothing: %j", async (sql) => {
    await withWarehouse(async (warehouse) => {
      const csv = await bytesOf(await warehouse.export(sql, "csv"));
      expect(csv.toString()).toBe("a\nit's; 1\n");
      const { rows } = await warehouse.query(sql, { rowsMax: 9, deadlineMs });
      expect(rows).toEqual([["it's; 1"]]);
    });
  });

  test("what a killed server left of exports is removed at the next start", async () => {
    await inFolder(async (directory) => {
      for (const folder of ["io", "tmp"]) {
        await mkdir(join(directory, folder));
        await writeFile(join(directory, folder, "left.parquet"), "x");
      }
      await withWarehouse(
        async () => {
          expect([await readdir(join(directory, "io")), await readdir(join(directory, "tmp"))]).toEqual([
            [],
            [],
          ]);
        },
        { directory },
      );
    });
  });

  test("a copy made while rows arrive holds a moment's state, with its views, under any name", async () => {
    await withWarehouse(async (warehouse, directory) => {
      const view = { ...orders, table: "orders_unique" };
      await warehouse.putView(view, { kind: "unique", of: orders });
      const file = join(directory, "any name.duckdb");
      await add(warehouse, "h00000");
      let copied = false;
      const copying = warehouse.snapshot(file).finally(() => (copied = true));
      let count = 1;
      while (!copied)
        await add(warehouse, `h${String(count++).padStart(5, "0")}`, `h${String(count++).padStart(5, "0")}`);
      await copying;
      const [[total, unique, highest] = []] = await byHand(
        file,
        "select count(*)::int, (select count(*)::int from crm.orders_unique), max(hit_id) from crm.orders",
      );
      // Whole appends, none missing before the last: the first one, then pairs.
      expect(unique).toBe(total);
      expect(Number(total) % 2).toBe(1);
      expect(highest).toBe(`h${String(Number(total) - 1).padStart(5, "0")}`);
      expect(await hitsIn(warehouse)).toHaveLength(count);
      expect(await readdir(join(directory, "io"))).toEqual([]);
    });
  });

  test("a copy is a warehouse: the server starts on it and goes on", async () => {
    await withWarehouse(async (warehouse, directory) => {
      await add(warehouse, "a");
      const described = await warehouse.describe(orders);
      const elsewhere = join(directory, "elsewhere");
      await mkdir(elsewhere);
      await warehouse.snapshot(join(elsewhere, warehouseFileName));
      await withWarehouse(
        async (restored) => {
          expect(await restored.describe(orders)).toEqual(described);
          await add(restored, "b");
          expect(await hitsIn(restored)).toEqual(["a", "b"]);
        },
        { directory: elsewhere },
      );
    });
  });

  test("a copy never overwrites a file", async () => {
    await withWarehouse(async (warehouse, directory) => {
      const file = join(directory, "there");
      await writeFile(file, "mine");
      expect((await problemOf(warehouse.snapshot(file))).code).toBe("warehouse_down");
      expect((await stat(file)).size).toBe(4);
      expect((await problemOf(warehouse.snapshot(join(directory, "no", "folder")))).code).toBe(
        "warehouse_down",
      );
      expect(await readdir(join(directory, "io"))).toEqual([]);
    });
  });

  test("a large log is folded into the file while rows arrive", async () => {
    await withWarehouse(
      async (warehouse, directory) => {
        const wal = join(directory, `${warehouseFileName}.wal`);
        const payload = "x".repeat(100_000);
        for (let index = 0; index < 30; index += 1)
          await warehouse.append(orders, columns, [row({ hit_id: `h${index}`, payload })], { deadlineMs });
        const walBytes = await stat(wal).then(
          ({ size }) => size,
          () => 0,
        );
        expect(walBytes).toBeLessThan(2_000_000);
        expect(await hitsIn(warehouse)).toHaveLength(30);
      },
      { walBytesMax: 1_000_000 },
    );
  });

  test("more tables than memory holds between two checkpoints take rows, each once", async () => {
    await withWarehouse(
      async (warehouse) => {
        const tables = Array.from({ length: 650 }, (_, index): TableRef => ({
          dataset: "crm",
          table: `t${index}`,
        }));
        for (const table of tables) await warehouse.createTable(table, spec);
        await Promise.all(
          tables.map((table) => warehouse.append(table, columns, [row({})], { deadlineMs: 60_000 })),
        );
        const each = tables.map(({ table }) => `select count(*) as n from crm.${table}`);
        const { rows } = await warehouse.query(`select sum(n), max(n) from (${each.join(" union all ")})`, {
          rowsMax: 1,
          deadlineMs,
        });
        expect(rows).toEqual([[650, 1]]);
      },
      { memoryMegabytesMax: 256 },
    );
  });
});

needing(noSmallDisk(), () => {
  describe("on a small disk", () => {
    let disk: Awaited<ReturnType<typeof freshFolder>>;
    beforeAll(async () => {
      disk = await freshFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m", "afterclick-test", disk.directory]);
    });
    afterAll(async () => {
      execFileSync("umount", [disk.directory]);
      await disk.remove();
    });

    async function fill(file: string): Promise<void> {
      const block = Buffer.alloc(1024 * 1024);
      const blocks: Buffer[] = Array.from({ length: 40 }, () => block);
      await writeFile(file, blocks).catch(() => undefined);
      await writeFile(`${file}.rest`, Buffer.alloc(1024 * 1024)).catch(() => undefined);
    }
    async function free(file: string): Promise<void> {
      await rm(file, { force: true });
      await rm(`${file}.rest`, { force: true });
    }

    test("a full disk refuses appends for a while; nothing is lost or doubled, and no restart is needed", async () => {
      const directory = join(disk.directory, "data");
      const filler = join(disk.directory, "filler");
      const acked: string[] = [];
      await mkdir(directory);
      await withWarehouse(
        async (warehouse) => {
          const payload = "x".repeat(50_000);

          const put = async (hit_id: string) => {
            await warehouse.append(orders, columns, [row({ hit_id, payload })], { deadlineMs });
            acked.push(hit_id);
          };
          for (let index = 0; index < 20; index += 1) await put(`a${index}`);
          await fill(filler);
          let refused: Problem | undefined;
          for (let index = 0; index < 100 && refused === undefined; index += 1)
            await put(`b${index}`).catch((error: unknown) => (refused = error as Problem));
          expect(refused?.code).toBe("warehouse_down");
          for (let index = 0; index < 5; index += 1)
            expect((await problemOf(put(`c${index}`))).code).toBe("warehouse_down");
          // What is there can still be read.
          expect(await hitsIn(warehouse)).toEqual(acked.toSorted());
          await free(filler);
          for (let index = 0; index < 20; index += 1) await put(`d${index}`);
          expect(await hitsIn(warehouse)).toEqual(acked.toSorted());
        },
        { directory, walBytesMax: 500_000, roomBytesMin: 0 },
      );
      await withWarehouse(async (warehouse) => expect(await hitsIn(warehouse)).toEqual(acked.toSorted()), {
        directory,
      });
      await rm(directory, { recursive: true });
    });

    test("a log that is due to be folded into the file leaves the room for that; with more room it goes on", async () => {
      const directory = join(disk.directory, "log");
      const filler = join(disk.directory, "filler");
      const acked: string[] = [];
      await mkdir(directory);
      await withWarehouse(
        async (warehouse) => {
          const put = async (hit_id: string) => {
            const rows = [row({ hit_id, payload: "x".repeat(50_000) })];
            await warehouse.append(orders, columns, rows, { deadlineMs });
            acked.push(hit_id);
          };
          await put("a");
          const logMax = 500_000;
          await writeFile(filler, Buffer.alloc(freeBytes(directory) - 2 * logMax));
          let refused: Problem | undefined;
          for (let index = 0; index < 100 && refused === undefined; index += 1)
            await put(`b${index}`).catch((error: unknown) => (refused = error as Problem));
          expect(refused?.code).toBe("warehouse_down");
          expect(refused?.message).toMatch(/the disk has 0 MB left; make it more than 1 MB/);
          expect(freeBytes(directory)).toBeGreaterThan(logMax / 2);
          await free(filler);
          await until("rows are taken again", () =>
            put("c").then(
              () => true,
              () => false,
            ),
          );
          expect(await hitsIn(warehouse)).toEqual(acked.toSorted());
        },
        { directory, walBytesMax: 500_000 },
      );
      await rm(directory, { recursive: true });
    });

    test("an export and a copy leave room on the disk for the hits", async () => {
      const directory = join(disk.directory, "room");
      await mkdir(directory);
      const nothingLeft = async () => expect(await readdir(join(directory, "io"))).toEqual([]);
      await withWarehouse(
        async (warehouse) => {
          await add(warehouse, "a");
          const problem = await problemOf(warehouse.export("select uuid() from range(100000000)", "csv"));
          expect(problem.message).toMatch(/bytes left/);
          await nothingLeft();
        },
        { directory, roomBytesMin: 24 * 1024 * 1024 },
      );
      await withWarehouse(
        async (warehouse) => {
          const problem = await problemOf(warehouse.snapshot(join(disk.directory, "copy")));
          expect(problem.code).toBe("warehouse_down");
          expect(problem.message).toMatch(/bytes left/);
          await nothingLeft();
        },
        { directory, roomBytesMin: 32 * 1024 * 1024 },
      );
      await rm(directory, { recursive: true });
    });

    test("an instance that DuckDB has given up is opened again by the next work", async () => {
      const directory = join(disk.directory, "given up");
      const filler = join(disk.directory, "filler");
      await mkdir(directory);
      const settings = {
        directory,
        defaultDataset: "main",
        productDataset: "afterclick",
        memoryMegabytesMax: 64,
        walBytesMax: 1e9,
        foldGroupsMin: 32,
        roomBytesMin: 0,
      };
      const database = await openDatabase(settings);
      try {
        await database.use(({ writer }) =>
          writer.run("create table t as select uuid()::varchar as u from range(50000)"),
        );
        await fill(filler);
        const failed = database.use(({ writer }) => writer.run("checkpoint"));
        await expect(failed).rejects.toThrow(/FATAL|No space/);
        await free(filler);
        // Where the opening met the full disk as well, it is tried with each work.
        await until("it works again", () =>
          database
            .use(({ writer }) => writer.run("insert into t values ('after')"))
            .then(
              () => true,
              () => false,
            ),
        );
        const count = await database.use(({ reader }) => reader.runAndReadAll("select count(*)::int from t"));
        expect(count.getRows()).toEqual([[50_001]]);
        expect(database.openings()).toBeGreaterThan(1);
      } finally {
        await database.close();
      }
      await rm(directory, { recursive: true });
    });
  });
});

import { describe, expect, test } from "@jest/globals";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../../../functions/problem.ts";
import { warehouseFileName } from "../../../../infra/local/warehouse/sql.ts";
import { openWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { columns, problemOf, row } from "../../../promises/warehouse/setup.ts";
import { inFolder } from "../../../support/folder.ts";
import { until } from "../../../support/until.ts";
import { add, deadlineMs, hitsIn, log, orders, withWarehouse } from "../setup.ts";

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

  test("JSON is told from text in the types of an answer", async () => {
    await withWarehouse(async (warehouse) => {
      const sql = "select '{\"a\":1}'::json as j, json_query('{\"a\":[1]}', '$.a') as q, '1' as t";
      const { columns } = await warehouse.query(sql, ask);
      expect(columns.map(({ type }) => type)).toEqual(["JSON", "JSON", "VARCHAR"]);
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

  test("where memory is short, people are told to ask for less, and rows are not told to come again later", async () => {
    await withWarehouse(
      async (warehouse) => {
        const bomb = "select list(x) from (select repeat('a', 1000) || range as x from range(1_000_000))";
        for (const work of [() => warehouse.query(bomb, ask), () => warehouse.export(bomb, "parquet")]) {
          const { code, message } = await problemOf(work());
          expect(code).toBe("answer_too_large");
          expect(message).toMatch(
            /^The query needs more memory than the warehouse has\. Name fewer columns, or filter/,
          );
        }
        expect((await problemOf(warehouse.export(bomb, "parquet"))).message).toContain("export to CSV");
        expect((await problemOf(warehouse.export(bomb, "csv"))).message).not.toContain("CSV");
        expect((await warehouse.query("select 1", ask)).rows).toEqual([[1]]);
        const payload = "x".repeat(2_000_000);
        for (let n = 0; n < 12; n++)
          await warehouse.append(orders, columns, [row({ hit_id: `h${n}`, payload })], { deadlineMs });
        const few = await warehouse.select({ from: orders, columns: ["hit_id"], limit: 20 });
        expect(few).toHaveLength(12);
        const newest = { from: orders, orderBy: [{ column: "hit_id", descending: true }] };
        expect(await warehouse.select({ ...newest, limit: 1 })).toHaveLength(1);
        const { code, message } = await problemOf(warehouse.select({ ...newest, limit: 12 }));
        expect(code).toBe("answer_too_large");
        expect(message).toBe(
          "The warehouse's memory does not hold these rows at once. Ask for fewer rows at once.",
        );
      },
      { memoryMegabytesMax: 30 },
    );
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
        /more than 67108864 bytes together\. Ask for fewer rows at once\.$/,
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

import { expect, test } from "@jest/globals";
import { columns, problemOf, row } from "../../../promises/warehouse/setup.ts";
import { deadlineMs, orders, withWarehouse } from "../setup.ts";

/** Answers of queries: values of every type, and those that are too large. */

const ask = { rowsMax: 100, deadlineMs };

test("JSON is told from text in the types of an answer", async () => {
  await withWarehouse(async (warehouse) => {
    const sql = "select '{\"a\":1}'::json as j, json_query('{\"a\":[1]}', '$.a') as q, '1' as t";
    const { columns } = await warehouse.query(sql, ask);
    expect(columns.map(({ type }) => type)).toEqual(["JSON", "JSON", "VARCHAR"]);
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
      ["datetime '2024-02-29 10:00:00.123456'", "2024-02-29T10:00:00.123456"],
      ["timestamp '2024-02-29 10:00:00.123456'", "2024-02-29T10:00:00.123456Z"],
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
    for (const [index, [sql, json]] of values.entries()) expect([sql, rows[0]![index]]).toEqual([sql, json]);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    const twice = await warehouse.query("select 1 as a, 2 as a", ask);
    expect(new Set(twice.columns.map(({ name }) => name)).size).toBe(2);
  });
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

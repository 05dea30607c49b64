import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWarehouse, type LocalWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { problemOf } from "../../../promises/warehouse/setup.ts";
import { bytesOf } from "../setup.ts";

let directory: string;
let warehouse: LocalWarehouse;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  warehouse = await openWarehouse({ directory, log: () => undefined });
});
afterAll(async () => {
  await warehouse.close();
  await rm(directory, { recursive: true, force: true });
});

const ask = { rowsMax: 9, deadlineMs: 60_000 };
const t = "(select 1 as a, {'b': 2} as s) as t";

test.each([
  ["select CAST('1' AS NUMERIC), SAFE_CAST('1' AS STRING), CAST('a' AS BYTES)", "f0_ f1_ f2_"],
  ["select 1, 2 as a, count(*), DATE_DIFF(DATE '2024-01-02', DATE '2024-01-01', DAY)", "f0_ a f1_ f2_"],
  [`select t.a, a, s.b, a as x, a + 1 from ${t}`, "a a_2 b x f0_"],
  [`select 1, *, 2 from ${t}`, "f0_ a s f1_"],
  [`select 1, t.*, * exclude (a), 3 from ${t}`, "f0_ a s s_2 f1_"],
  ["select * from (select CAST('1' AS NUMERIC), 2 as b)", "f0_ b"],
  ["with c as (select 1, CAST('1' AS NUMERIC) as b) select *, CAST('1' AS NUMERIC) from c", "f0_ b f1_"],
  ["with c(a) as (select CAST('1' AS NUMERIC)) from c", "a"],
  ["select CAST('1' AS NUMERIC) union all select 2 as b", "f0_"],
  ["select 1 as f0_, 2", "f0_ f0__2"],
  [`select 1, min(columns(*)) from (select 1 as a, 2 as b)`, "f0_ a b"],
  ["select 1, unnest({'a': 1, 'b': 2})", "f0_ a b"],
  ["values (1, 2)", "col0 col1"],
])("%s is headed %s, in an answer and in files", async (sql, names) => {
  const { columns } = await warehouse.query(sql, ask);
  expect(columns.map(({ name }) => name).join(" ")).toBe(names);
  const csv = String(await bytesOf(await warehouse.export(sql, "csv")));
  expect(csv.split("\r\n")[0]!.split(",").join(" ")).toBe(names);
  await bytesOf(await warehouse.export(sql, "parquet"));
});

test.each([
  ["select CAST(1 AS BIGNUMERIC)", /bignumeric does not exist! Write NUMERIC: 38 digits/i],
  ["select FORMAT_DATE('%c', DATE '2024-01-01')", /format_date does not exist! Here its format is a text/],
  ["select PARSE_TIMESTAMP('%m/%d', '01/02')", /parse_timestamp does not exist! Here its format .* with %Y/],
  ["select SAFE.PARSE_DATE(f, 'x') from (select '%F' as f)", /parse_date does not exist! Here its format/],
  [
    "select TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), CURRENT_TIMESTAMP(), MONTH)",
    /timestamp_diff does not exist! Here it takes two times and DAY, HOUR/,
  ],
  [
    "select PARSE_NUMERIC('1')",
    /parse_numeric does not exist! What runs of BigQuery on one machine stands in/,
  ],
  ["select DATE_TRUNC(CURRENT_DATE(), HOUR)", /"HOUR" .* for what is smaller write TIMESTAMP_ or DATETIME_/],
  ["select DATE_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)", /take a DATE: write DATE\(value\), or TIMESTAMP_/],
  ["select GENERATE_UUID()", /generate_uuid does not exist! Write uuid\(\)\./],
  ['select 1 as a where a = "delivered"', /A text stands in single quotes: 'delivered'/],
  ["select SAFE_OFFSET(1)", /A list's first element is list\[1\] here/],
  ["select STRUCT<a INT64>(1)", /For STRUCT<…> write struct_pack/],
  ["select STRUCT(1)", /Give each value a name: STRUCT\(value AS name\)/],
  ["select n from UNNEST([1]) AS n WITH OFFSET AS o", /For WITH OFFSET write generate_subscripts/],
  ["select b'\\n'", /Conversion Error.*escape/],
  ["select constructor(1)", /constructor does not exist! What runs of BigQuery/],
  ["select nothing_of_it(1)", /^Scalar Function with name nothing_of_it|nothing_of_it does not exist! What/],
])("%s is refused with its name, and what to write instead", async (sql, words) => {
  const { code, message } = await problemOf(warehouse.query(sql, ask));
  expect({ sql, code }).toEqual({ sql, code: "query_refused" });
  expect(message).toMatch(words);
  expect((await problemOf(warehouse.export(sql, "csv"))).message).toBe(message);
});

test("what is advised instead can be read", async () => {
  const advised = [
    "CAST('1.5' AS NUMERIC)",
    "CAST('{}' AS JSON)",
    "CAST(to_json([1]) AS STRING)",
    "CAST(JSON_QUERY('{\"a\":[\"x\"]}', '$.a') AS STRING[])",
    "generate_series(DATE '2024-01-01', DATE '2024-01-03', INTERVAL 1 DAY)",
    "generate_series(1, 3)",
    "uuid()",
    "hash('x')",
    "struct_pack(name := 1)",
    "[1, 2][1]",
    "generate_subscripts([1, 2], 1)",
  ];
  for (const text of advised)
    expect([text, (await warehouse.query(`select ${text}`, ask)).rows[0]![0]]).toEqual([
      text,
      expect.anything(),
    ]);
});

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromGoogleSql } from "../../../../infra/local/warehouse/statements/googlesql.ts";

test.each([
  ["select SAFE_CAST(a AS NUMERIC)", "select TRY_CAST(a AS DECIMAL(38, 9))"],
  ["select safe_cast ( a as float64 )", "select TRY_CAST(a as DOUBLE)"],
  [
    "select cast(a as numeric), cast(b as Decimal)",
    "select CAST(a as DECIMAL(38, 9)), CAST(b as DECIMAL(38, 9))",
  ],
  ["SAFE_CAST(SAFE_CAST(f(a) AS STRING) AS BYTES)", "encode(TRY(text_of(f(a))))"],
  ["coalesce(b, CAST(upper('é') AS BYTES))", "coalesce(b, encode(upper('é')))"],
  [
    "cast(cast(a as numeric) as bytes), cast(c as numeric)",
    "encode(CAST(a as DECIMAL(38, 9))), CAST(c as DECIMAL(38, 9))",
  ],
  ["SAFE_CAST(a AS/*'*/NUMERIC--'\n)", "TRY_CAST(a AS DECIMAL(38, 9))"],
  ["SAFE_CAST(a --'\n AS NUMERIC)", "TRY_CAST(a --'\n AS DECIMAL(38, 9))"],
  ["'it''s' || SAFE_CAST(1 as int64)", "'it''s' || TRY_CAST(1 as int64)"],
  ["/* /* SAFE_CAST(1 */ */ SAFE_CAST(1 as int64)", "/* /* SAFE_CAST(1 */ */ TRY_CAST(1 as int64)"],
  ["e'\\'' || SAFE_CAST(1 as int64)", "e'\\'' || TRY_CAST(1 as int64)"],
  ["r'\\'SAFE_CAST(' || SAFE_CAST(1 as int64)", "'\\''SAFE_CAST(' || TRY_CAST(1 as int64)"],
  ["from `a`, `b.c`, `p-1.d.e`", 'from "a", "b"."c", "p-1.d"."e"'],
  ["SAFE.f(CAST(a AS NUMERIC), (b))", "TRY(f(CAST(a AS DECIMAL(38, 9)), (b)))"],
  ["select * except (a, b) from t", "select * EXCLUDE (a, b) from t"],
  [
    "select unnest(l) as x from t, unnest(f(l)) as x join unnest([1]) as `y` on x in unnest(z)",
    'select unnest(l) as x from t, unnest(f(l)) as x(x) join unnest([1]) as "y"("y") on x in (SELECT unnest(z))',
  ],
  ["DATE_SUB(d, INTERVAL n + 1 DAY)", "CAST((d + 0) - INTERVAL (n + 1) DAY AS DATE)"],
])("%s becomes %s", (sql, written) => {
  expect(fromGoogleSql(sql)).toBe(written);
});

test.each([
  "select 'SAFE_CAST(a AS NUMERIC)'",
  `select "safe_cast"("a as numeric)")`,
  "select $$SAFE_CAST(a AS NUMERIC)$$, $q$ $$ SAFE_CAST(a AS NUMERIC) $q$",
  "select e'\\'SAFE_CAST(a AS NUMERIC)'",
  "-- SAFE_CAST(a AS NUMERIC)",
  "/* SAFE_CAST(a AS NUMERIC)",
  "select 'SAFE_CAST(a AS NUMERIC)",
  "select cast(a as numeric(10, 2)), safe_cast, my_safe_cast(a), (select 1 as numeric), numeric",
  "select x from (select 1 as float64)",
  "select a from t except (select 1), unnest(l) as x(y)",
  "select 'a `b` r''c'", // one text
  "select date_diff('day', a, b), date_trunc('month', day), date_sub('hour', a, hour)",
  "select date_diff(a, b, c), date_trunc(a, century), date_sub(a, b), safe, safe.x, s.date_add(a, INTERVAL 1 DAY)",
  "with date(a, b) as (select 1, 2), timestamp(a) as (select 1) from date as date(c, d)",
  "select format_date(f, d), format_date('%c', d), parse_date('%m/%d', d), parse_timestamp('%F', t, '+03:00')",
  "select extract(year from d), extract(hour from t), cast(a as date), timestamp with time zone '2024-01-01'",
])("%s stays as it is", (sql) => {
  expect(fromGoogleSql(sql)).toBe(sql);
});

test("only words outside of texts, names and comments change, whatever the text", () => {
  const part = fc.constantFrom(
    "'",
    '"',
    "$$",
    "$a$",
    "--",
    "\n",
    "/*",
    "*/",
    "\\",
    "e'",
    "SAFE_CAST(",
    "a",
    " AS ",
    "NUMERIC",
    "BYTES",
    ")",
    "''",
    "r'",
    "`",
    "SAFE.",
    "DATE_ADD(",
    ", INTERVAL 1 DAY)",
    "DATE_DIFF(",
    ", WEEK(MONDAY))",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const sql = parts.join("");
      // Written again, nothing is left to be changed.
      const once = fromGoogleSql(sql);
      expect(fromGoogleSql(once)).toBe(once);
      // In quotes, all of it stays.
      const text = `'${sql.replaceAll("'", "''")}'`;
      expect(fromGoogleSql(text)).toBe(text);
    }),
  );
});

test("calls inside calls take no more time and letters than there are calls", () => {
  const nested = (depth: number) =>
    `${"DATE_TRUNC(DATE_ADD(EXTRACT(DATE FROM ".repeat(depth)}d${"), INTERVAL 1 DAY), WEEK)".repeat(depth)}`;
  const [ten, twenty] = [10, 20].map((depth) => fromGoogleSql(nested(depth)).length);
  expect(twenty! / ten!).toBeLessThan(2.1);
  // What stands deeper than anybody writes is left as it is.
  expect(fromGoogleSql(nested(5_000))).toContain("DATE_TRUNC(DATE_ADD(");
  expect(fromGoogleSql(`${"SAFE.f(".repeat(12_000)}${")".repeat(12_000)}`)).toContain("SAFE.f(SAFE.f(");
});

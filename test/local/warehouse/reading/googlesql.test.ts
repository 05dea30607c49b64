import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromGoogleSql } from "../../../../infra/local/warehouse/statements/googlesql.ts";

test.each([
  ["select SAFE_CAST(a AS NUMERIC)", "select TRY_CAST(a AS DECIMAL(38, 9))"],
  ["select safe_cast ( a as float64 )", "select TRY_CAST ( a as DOUBLE )"],
  [
    "select cast(a as numeric), cast(b as Decimal)",
    "select cast(a as DECIMAL(38, 9)), cast(b as DECIMAL(38, 9))",
  ],
  ["SAFE_CAST(SAFE_CAST(f(a) AS STRING) AS BYTES)", "encode(TRY_CAST(f(a) AS STRING) )"],
  ["coalesce(b, CAST(upper('é') AS BYTES))", "coalesce(b, encode(upper('é') ))"],
  [
    "cast(cast(a as numeric) as bytes), cast(c as numeric)",
    "encode(cast(a as DECIMAL(38, 9)) ), cast(c as DECIMAL(38, 9))",
  ],
  ["SAFE_CAST(a AS/*'*/NUMERIC--'\n)", "TRY_CAST(a AS/*'*/DECIMAL(38, 9)--'\n)"],
  ["'it''s' || SAFE_CAST(1 as int64)", "'it''s' || TRY_CAST(1 as int64)"],
  ["/* /* SAFE_CAST(1 */ */ SAFE_CAST(1 as int64)", "/* /* SAFE_CAST(1 */ */ TRY_CAST(1 as int64)"],
  ["e'\\'' || SAFE_CAST(1 as int64)", "e'\\'' || TRY_CAST(1 as int64)"],
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

/** Texts of BigQuery, and the answers that its reference gives for them, on one ground after the other. What
 *  the emulator answers otherwise is told with its reason. */
import { expect, test } from "@jest/globals";
import type { Warehouse } from "../../functions/warehouse.ts";

interface Example {
  readonly sql: string;
  readonly gives: unknown;
  /** What the emulator of BigQuery does instead. */
  readonly emulator?: string;
}

const give = (gives: unknown, ...sqls: string[]): Example[] => sqls.map((sql) => ({ sql, gives }));
const emulator = (reason: string, ...examples: Example[]): Example[] =>
  examples.map((one) => ({ ...one, emulator: reason }));

const weeks = "its weeks begin on no day that is named";
const borders = "it counts borders instead of whole parts";
const bytes = "it reads texts as escapes of DuckDB";
const night = "TIMESTAMP '2024-03-30 23:30:00+00'";

const differences: readonly Example[] = [
  ...give(
    5,
    "DATE_DIFF(DATE '2024-05-06', DATE '2024-05-01', DAY)",
    "date_diff('2024-05-06', '2024-05-01', day)",
    "DATE_DIFF(DATE_ADD(DATE '2024-05-01', INTERVAL 5 DAY), DATE '2024-05-01', DAY)",
    "DATE_DIFF(/* to */ DATE '2024-05-06' -- it\n, DATE '2024-05-01', DAY -- s\n)",
  ),
  ...give(-1, "DATE_DIFF(DATE '2017-10-14', DATE '2017-10-15', DAY)"),
  ...give(
    1,
    "DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', WEEK)",
    "DATE_DIFF(DATE '2024-01-01', DATE '2023-12-31', MONTH)",
    "DATE_DIFF(DATE '2024-01-01', DATE '2023-12-31', QUARTER)",
    "DATE_DIFF(DATE '2024-01-01', DATE '2023-12-31', YEAR)",
    "DATETIME_DIFF(DATETIME '2024-05-06 00:00:00', DATETIME '2024-05-05 23:00:00', DAY)",
    "DATETIME_DIFF('2024-05-06 00:00:00', '2024-05-05 23:59:59', HOUR)",
  ),
  ...emulator(
    weeks,
    ...give(
      1,
      "DATE_DIFF(DATE '2024-05-06', DATE '2024-05-05', WEEK(MONDAY))",
      "DATE_DIFF(DATE '2024-05-06', DATE '2024-05-05', ISOWEEK)",
      "DATE_DIFF(DATE '2024-05-04', DATE '2024-05-03', WEEK(SATURDAY))",
      "DATE_DIFF(DATE '2024-05-07', DATE '2024-05-06', WEEK(TUESDAY))",
    ),
    ...give(
      0,
      "DATE_DIFF(DATE '2024-05-05', DATE '2024-05-04', WEEK(SATURDAY))",
      "DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', WEEK(MONDAY))",
    ),
    ...give(-2, "DATE_DIFF(DATE '2024-05-05', DATE '2024-05-13', WEEK(MONDAY))"),
  ),
  ...give(2, "DATE_DIFF(DATE '2017-12-30', DATE '2014-12-30', ISOYEAR)"),
  ...give(
    3599,
    "TIMESTAMP_DIFF(TIMESTAMP '2001-02-01 01:00:00+00', TIMESTAMP '2001-02-01 00:00:01+00', SECOND)",
  ),
  ...give(-61, "TIMESTAMP_DIFF(TIMESTAMP '2018-08-14', TIMESTAMP '2018-10-14', DAY)"),
  ...emulator(
    borders,
    ...give(
      0,
      "TIMESTAMP_DIFF(TIMESTAMP '2001-02-01 01:00:00+00', TIMESTAMP '2001-02-01 00:00:01+00', HOUR)",
      "TIMESTAMP_DIFF(TIMESTAMP '2001-02-02 01:00:00+00', TIMESTAMP '2001-02-01 01:00:01+00', DAY)",
    ),
  ),
];

const cuts: readonly Example[] = [
  ...give("2024-05-01", "DATE_TRUNC(DATE '2024-05-06', MONTH)"),
  ...give("2024-04-01", "DATE_TRUNC(DATE '2024-05-06', QUARTER)"),
  ...give("2024-01-01", "DATE_TRUNC(DATE '2024-05-06', YEAR)", "DATE_TRUNC(DATE '2024-05-06', ISOYEAR)"),
  ...give("2024-05-05", "DATE_TRUNC(DATE '2024-05-08', WEEK)", "DATE_TRUNC(DATE '2024-05-05', WEEK)"),
  ...emulator(
    weeks,
    ...give(
      "2024-05-06",
      "DATE_TRUNC(DATE '2024-05-08', WEEK(MONDAY))",
      "DATE_TRUNC(DATE '2024-05-08', ISOWEEK)",
    ),
    ...give("2024-03-24T00:00:00.000Z", `TIMESTAMP_TRUNC(${night}, WEEK)`),
  ),
  ...emulator(
    "it makes a time of a day",
    ...give(
      "2024-05-01",
      "DATE_TRUNC('2024-05-06', MONTH)",
      "DATE_TRUNC(DATE_TRUNC(DATE '2024-05-06', DAY), MONTH)",
    ),
  ),
  ...give("2001-02-01T01:00:00.000Z", "TIMESTAMP_TRUNC(TIMESTAMP '2001-02-01 01:02:03+00', HOUR)"),
  ...give(
    "2024-03-30T22:00:00.000Z",
    `TIMESTAMP_TRUNC(${night}, DAY, 'Europe/Kyiv')`,
    "TIMESTAMP_TRUNC(TIMESTAMP '2024-03-31 20:30:00+00', DAY, 'Europe/Kyiv')",
  ),
  ...give("2024-05-06T00:00:00", "DATETIME_TRUNC(DATETIME '2024-05-06 01:00:00', DAY)"),
];

const moves: readonly Example[] = [
  ...give(
    "2024-02-29",
    "DATE_SUB(DATE '2024-03-31', INTERVAL 1 MONTH)",
    "DATE_ADD('2024-01-31', INTERVAL 1 MONTH)",
    "DATE_SUB(DATE '2024-03-01', INTERVAL 1 DAY)",
    "DATE_ADD(DATE '2024-03-01', INTERVAL -1 DAY)",
    "DATE_ADD(DATE '2024-02-28', INTERVAL CAST('1' AS INT64) DAY)",
    "DATE_SUB(DATE_ADD(DATE '2024-02-29', INTERVAL 2 WEEK), INTERVAL 14 DAY)",
    "DATE_SUB(DATE '2028-02-29', INTERVAL 4 YEAR)",
  ),
  ...give("2024-04-30", "DATE_ADD(DATE '2024-01-31', INTERVAL 1 QUARTER)"),
  ...give(
    "2001-02-01T02:32:03.000Z",
    "TIMESTAMP_ADD(TIMESTAMP '2001-02-01 01:02:03+00', INTERVAL 90 MINUTE)",
    "TIMESTAMP_SUB(TIMESTAMP '2001-02-02 02:32:03+00', INTERVAL 1 DAY)",
    "TIMESTAMP_ADD(TIMESTAMP '2001-02-01 02:32:02.999+00', INTERVAL 1 MILLISECOND)",
  ),
  ...give(
    "2024-06-06T01:00:00",
    "DATETIME_ADD(DATETIME '2024-05-06 01:00:00', INTERVAL 1 MONTH)",
    "DATETIME_SUB(DATETIME '2024-06-06 04:00:00', INTERVAL 3 HOUR)",
  ),
];

const texts: readonly Example[] = [
  ...give("2024-05", "FORMAT_DATE('%Y-%m', DATE '2024-05-06')", "FORMAT_DATE('%Y-%m', '2024-05-06')"),
  ...give("06/05/24, Mon May 127 %", "FORMAT_DATE('%d/%m/%y, %a %b %j %%', DATE '2024-05-06')"),
  ...give("19-2024-W19", "FORMAT_DATE('%V-%G-W%V', DATE '2024-05-06')"),
  ...give(
    "2001-02-01 01:02:03",
    "FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2001-02-01 01:02:03+00')",
    "FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2001-01-31 23:02:03+00', 'Europe/Kyiv')",
    "FORMAT_DATETIME('%F %T', DATETIME '2001-02-01 01:02:03')",
  ),
  ...give(
    "2001-02-01T01:02:03.000Z",
    "PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2001-02-01 01:02:03')",
    "CAST('2001-02-01 01:02:03' AS TIMESTAMP)",
    "TIMESTAMP '2001-02-01 01:02:03'",
    "TIMESTAMP('2001-02-01 01:02:03')",
    "TIMESTAMP_SECONDS(980989323)",
    "TIMESTAMP_MICROS(980989323000000)",
  ),
  ...give("2024-05-06", "PARSE_DATE('%d.%m.%Y', '06.05.2024')", "SAFE.PARSE_DATE('%d.%m.%Y', '06.05.2024')"),
  ...give("2024-05-06T10:00:00", "PARSE_DATETIME('%d.%m.%Y %H:%M', '06.05.2024 10:00')"),
  ...emulator(
    "it does not read %R, and no zone",
    ...give("2024-05-06T10:00:00", "PARSE_DATETIME('%d.%m.%Y %R', '06.05.2024 10:00')"),
    ...give("2001-02-01T01:02:03.000Z", "PARSE_TIMESTAMP('%F %T', '2001-02-01 03:02:03', 'Europe/Kyiv')"),
  ),
  ...give(
    null,
    "SAFE.PARSE_DATE('%d.%m.%Y', 'x')",
    "SAFE.PARSE_TIMESTAMP('%F', 'x')",
    "SAFE_CAST('x' AS TIMESTAMP)",
    "SAFE_DIVIDE(1, 0)",
  ),
  ...give("a'b\\d", "CONCAT('a', CHR(39), r'b\\d')"),
  ...give(
    "summer",
    "REGEXP_EXTRACT('?utm_campaign=summer&x=1', r'utm_campaign=([^&]+)')",
    "REGEXP_EXTRACT('a summer', 's[(]?ummer')",
    "REGEXP_EXTRACT('a summer', r'(?:s|S)ummer')",
    "CONCAT('sum', 'mer')",
  ),
  ...give(null, "REGEXP_EXTRACT('a', 'b')", "REGEXP_EXTRACT('a', '(b)')", "CONCAT('a', NULL, 'b')"),
  ...give("a-b-c", "REGEXP_REPLACE('a.b.c', r'\\.', '-')"),
  ...give("900150983cd24fb0d6963f7d28e17f72", "TO_HEX(MD5('abc'))"),
  ...give("a9993e364706816aba3e25717850c26c9cd0d89d", "TO_HEX(SHA1('abc'))"),
  ...give(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "TO_HEX(SHA256('abc'))",
    "TO_HEX(SHA256(LOWER(CONCAT('A', 'bc'))))",
  ),
  ...give("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "SHA256('abc')"),
  ...give(true, "REGEXP_CONTAINS('order 12', r'\\d+')", "STARTS_WITH('abc', 'a')"),
  ...emulator(
    bytes,
    ...give("é1", "CAST(CAST('é1' AS BYTES) AS STRING)"),
    ...give("c3a9", "TO_HEX(CAST('é' AS BYTES))", "TO_HEX(b'\\xc3\\xa9')"),
  ),
  ...give("abc", "CAST(CAST('abc' AS BYTES) AS STRING)", "SAFE_CAST(CAST('abc' AS BYTES) AS STRING)"),
  ...give("12", "CAST(12 AS STRING)"),
  ...give("6162", "TO_HEX(CAST('ab' AS BYTES))", "TO_HEX(b'ab')"),
];

const parts: readonly Example[] = [
  ...give(
    1,
    "EXTRACT(DAYOFWEEK FROM DATE '2024-05-05')",
    "EXTRACT(WEEK FROM DATE '2024-01-07')",
    "EXTRACT(ISOWEEK FROM DATE '2024-01-07')",
    "EXTRACT(HOUR FROM TIMESTAMP '2001-01-31 23:02:03+00' AT TIME ZONE 'Europe/Kyiv')",
  ),
  ...give(0, "EXTRACT(WEEK FROM DATE '2024-01-06')"),
  ...emulator(weeks, ...give(1, "EXTRACT(WEEK(MONDAY) FROM DATE '2024-01-01')")),
  ...give(2, "EXTRACT(MONTH FROM DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH))"),
  ...emulator(
    "it counts the seconds in",
    ...give(250, "EXTRACT(MILLISECOND FROM TIMESTAMP '2001-02-01 01:02:03.25+00')"),
    ...give(250000, "EXTRACT(MICROSECOND FROM TIMESTAMP '2001-02-01 01:02:03.25+00')"),
  ),
  ...give(
    "2001-02-02",
    "EXTRACT(DATE FROM TIMESTAMP '2001-02-02 01:02:03+00')",
    "DATE(TIMESTAMP '2001-02-01 23:02:03+00', 'Europe/Kyiv')",
    "DATE(TIMESTAMP '2001-02-02 23:02:03+00')",
    "DATE(2001, 2, 2)",
  ),
  ...give(1704103200, "UNIX_SECONDS(TIMESTAMP '2024-01-01 10:00:00+00')"),
  ...give(1704103200500, "UNIX_MILLIS(TIMESTAMP '2024-01-01 10:00:00.5+00')"),
  ...give(1704103200500000, "UNIX_MICROS(TIMESTAMP '2024-01-01 10:00:00.5+00')"),
  ...give(
    true,
    "CURRENT_TIMESTAMP() > TIMESTAMP '2024-01-01'",
    "CURRENT_DATE('Europe/Kyiv') >= CURRENT_DATE()",
  ),
  ...emulator("it does not know it", ...give(true, "CURRENT_DATETIME() > DATETIME '2024-01-01 00:00:00'")),
  ...give(-1, "UNIX_DATE(DATE '1969-12-31')"),
];

const whole: readonly Example[] = [
  ...give(1, "`a b`.`c` FROM (SELECT 1 AS `c`) AS `a b`", "`c` FROM (SELECT 1 AS c)"),
  ...give(
    2,
    "LENGTH(CAST(LOGICAL_OR(n > 1) OR LOGICAL_AND(n > 1) AS STRING)) - 2 FROM (SELECT 1 AS n UNION ALL SELECT 2)",
    "n FROM UNNEST([1, 2, 3]) AS n WHERE n = 2",
    "COUNT(*) FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) WHERE n IN UNNEST([1, 2])",
    "* EXCEPT (b, c) FROM (SELECT 2 AS a, 3 AS b, 4 AS c)",
    "COUNTIF(n > 1) FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3)",
    "DATE_DIFF(MAX(d), MIN(d), DAY) FROM (SELECT DATE '2024-05-01' AS d UNION ALL SELECT DATE_ADD(DATE '2024-05-01', INTERVAL 2 DAY))",
  ),
];

const items: readonly Example[] = [
  ...give(
    "B",
    "s.a FROM (SELECT STRUCT('B' AS a, [1, 2] AS b) AS s)",
    "JSON_VALUE(item, '$.sku') FROM (SELECT JSON '{\"items\":[{\"sku\":\"B\"}]}' AS fields) AS t, UNNEST(JSON_QUERY_ARRAY(t.fields, '$.items')) AS item",
    'JSON_VALUE(item.sku) FROM (SELECT JSON \'{"items":[{"sku":"B"}]}\' AS fields) AS t CROSS JOIN UNNEST(JSON_QUERY_ARRAY(t.fields.items)) AS `item`',
  ),
];

const borrowed: readonly Example[] = [
  ...differences,
  ...cuts,
  ...moves,
  ...texts,
  ...parts,
  ...whole,
  ...items,
];

export function borrowedPromises(
  driver: string,
  open: () => Promise<{ warehouse: Warehouse; close(): Promise<void> }>,
): void {
  test(`${driver}: texts of BigQuery give what its reference says`, async () => {
    const { warehouse, close } = await open();
    try {
      const declined = borrowed.filter((one) => driver === "BigQuery" && one.emulator !== undefined);
      const kept = borrowed
        .filter((one) => !declined.includes(one))
        .map(({ sql, gives }) => ({ sql, gives }));
      const answers: typeof kept = [];
      for (const { sql } of kept) {
        const gives = await warehouse.query(`SELECT ${sql}`, { rowsMax: 2, deadlineMs: 60_000 }).then(
          ({ rows: [row] }) => row![0],
          (error: Error) => error.message,
        );
        answers.push({ sql, gives });
      }
      expect(answers).toEqual(kept);
      for (const { sql, emulator: reason } of declined)
        process.stderr.write(`Not on the emulator, ${reason}: ${sql}\n`);
    } finally {
      await close();
    }
  });
}

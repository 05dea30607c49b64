import type { Dialect } from "../../../functions/dialect.ts";
import type { ParquetType } from "../../../functions/parquet.ts";
import { tableName, type TableRef } from "../../../functions/table.ts";

/** GoogleSQL. All names are quoted: `at`, `by`, `hash` and `rows` are reserved words there.
 *  @param project of tables that name none */
export function googleSqlOf(project: string): Dialect {
  return { ...googleSql, table: (table) => quotedTable(table, project) };
}

const googleSql: Omit<Dialect, "table"> = {
  name: quoted,
  text: (text) => `'${text.replaceAll(/[\\']/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}'`,
  json: (text) => `PARSE_JSON(${text})`,
  jsonText: (json) =>
    `IF(${json} IS NULL, NULL, COALESCE(JSON_VALUE(TO_JSON(${json}), '$'), TO_JSON_STRING(${json})))`,
  jsonValue: (json, path) => `JSON_VALUE(${json}, ${googleSql.text(path)})`,
  jsonList(json, path) {
    const found = `JSON_QUERY(${json}, ${googleSql.text(path)})`;
    return `CASE JSON_TYPE(${found}) WHEN 'array' THEN JSON_QUERY_ARRAY(${found}, '$') WHEN 'object' THEN [${found}] END`;
  },
  isThere: (json) => `COALESCE(JSON_TYPE(${json}), 'null') <> 'null'`,
  joinEach: (list, element, index) => `LEFT JOIN UNNEST(${list}) AS ${element} WITH OFFSET AS ${index}`,
  matches: (text, pattern) => `REGEXP_CONTAINS(${text}, r'${pattern}')`,
  replaced: (text, pattern, template) => `REGEXP_REPLACE(${text}, r'${pattern}', r'${template}')`,
  removed: (text, pattern) => `REGEXP_REPLACE(${text}, r'${pattern}', '')`,
  sha256: (text) => `TO_HEX(SHA256(${text}))`,
  float: (number) => `CAST(${number} AS FLOAT64)`,
  integer: (digits) => `SAFE_CAST(${digits} AS INT64)`,
  days: (text) => `UNIX_DATE(SAFE_CAST(${text} AS DATE))`,
  dayNumber: (date) => `UNIX_DATE(${date})`,
  dayOf: (number) => `DATE_FROM_UNIX_DATE(${number})`,
  micros: (moment) => `UNIX_MICROS(SAFE_CAST(${moment} AS TIMESTAMP))`,
  moment: (text) => `CAST(${text} AS TIMESTAMP)`,
  wall: (seconds, zone) => `DATETIME(TIMESTAMP_SECONDS(${seconds}), ${googleSql.text(zone)})`,
  sinceEpoch: (wall) => `DATETIME_DIFF(${wall}, DATETIME '1970-01-01 00:00:00', SECOND)`,
  fingerprint(cells) {
    const row = `FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(${cells.map((cell, at) => `${cell} AS c${at}`).join(", ")})))`;
    return `CONCAT(CAST(BIT_XOR(${row}) AS STRING), '.', CAST(SUM(MOD(${row}, 1000000007)) AS STRING))`;
  },
  kindOf: (type) => kinds[type] ?? "nested",
};

/** A DATETIME has no zone, and a TIMESTAMP is the same instant everywhere. */
const kinds: Readonly<Record<string, ParquetType>> = {
  STRING: "text",
  DATE: "date",
  DATETIME: "timestamp",
  TIMESTAMP: "instant",
  INT64: "integer",
  NUMERIC: "decimal",
  BIGNUMERIC: "decimal",
  FLOAT64: "float",
  BOOL: "boolean",
  "ARRAY<STRING>": "list",
};

export function quoted(name: string): string {
  return `\`${name}\``;
}

/** A table in SQL, always with its project: a view is read from other projects as well. */
export function quotedTable(ref: TableRef, project: string): string {
  return `\`${tableName({ project, ...ref })}\``;
}

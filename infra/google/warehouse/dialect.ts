import type { Dialect } from "../../sql/dialect.ts";

/** GoogleSQL. All names are quoted: `at`, `by`, `hash` and `rows` are reserved words there. */
export const googleSql: Dialect = {
  name: quoted,
  text: (text) => `'${text.replaceAll(/[\\']/g, "\\$&")}'`,
  jsonValue: (json, path) => `JSON_VALUE(${json}, ${googleSql.text(path)})`,
  jsonList(json, path) {
    const found = `JSON_QUERY(${json}, ${googleSql.text(path)})`;
    return `CASE JSON_TYPE(${found}) WHEN 'array' THEN JSON_QUERY_ARRAY(${found}, '$') WHEN 'object' THEN [${found}] END`;
  },
  isThere: (json) => `COALESCE(JSON_TYPE(${json}), 'null') <> 'null'`,
  joinEach: (list, element, index) => `LEFT JOIN UNNEST(${list}) AS ${element} WITH OFFSET AS ${index}`,
  matches: (text, pattern) => `REGEXP_CONTAINS(${text}, r'${pattern}')`,
  replaced: (text, pattern, template) => `REGEXP_REPLACE(${text}, r'${pattern}', r'${template}')`,
  sha256: (text) => `TO_HEX(SHA256(${text}))`,
  integer: (digits) => `SAFE_CAST(${digits} AS INT64)`,
  days: (text) => `UNIX_DATE(SAFE_CAST(${text} AS DATE))`,
  wall: (seconds, zone) => `DATETIME(TIMESTAMP_SECONDS(${seconds}), ${googleSql.text(zone)})`,
  sinceEpoch: (wall) => `DATETIME_DIFF(${wall}, DATETIME '1970-01-01 00:00:00', SECOND)`,
};

export function quoted(name: string): string {
  return `\`${name}\``;
}

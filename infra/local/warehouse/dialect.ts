import type { Dialect } from "../../../functions/dialect.ts";
import type { ParquetType } from "../../../functions/parquet.ts";
import { literal, quoted, viewed } from "./sql.ts";
import { newLaw } from "./zones.ts";

/** DuckDB's SQL. `system.main` before what people may have as macros under the same name. */
export const duckdbSql: Dialect = {
  table: viewed,
  name: quoted,
  text: literal,
  json: (text) => `CAST(${text} AS JSON)`,
  jsonText: (json) => `CAST(${json} AS VARCHAR)`,
  jsonValue: (json, path) => `(system.main.json_value(${json}, ${literal(path)}) ->> '$')`,
  jsonList(json, path) {
    const found = `system.main.json_extract(${json}, ${literal(path)})`;
    return `CASE json_type(${found}) WHEN 'ARRAY' THEN CAST(${found} AS JSON[]) WHEN 'OBJECT' THEN [${found}] END`;
  },
  isThere: (json) => `COALESCE(json_type(${json}), 'NULL') <> 'NULL'`,
  joinEach: (list, element, index) =>
    `LEFT JOIN LATERAL (SELECT UNNEST(${list}) AS ${element}, UNNEST(RANGE(LEN(${list}))) AS ${index}) ON TRUE`,
  matches: (text, pattern) => `regexp_matches(${text}, ${literal(pattern)})`,
  replaced: (text, pattern, template) => `regexp_replace(${text}, ${literal(pattern)}, ${literal(template)})`,
  removed: (text, pattern) => `regexp_replace(${text}, ${literal(pattern)}, '', 'g')`,
  sha256: (text) => `sha256(${text})`,
  float: (number) => `CAST(${number} AS DOUBLE)`,
  integer: (digits) => `TRY_CAST(${digits} AS BIGINT)`,
  days: (text) => `(TRY_CAST(${text} AS DATE) - DATE '1970-01-01')`,
  dayNumber: (date) => `(${date} - DATE '1970-01-01')`,
  dayOf: (number) => `(DATE '1970-01-01' + CAST(${number} AS INTEGER))`,
  micros: (moment) => `epoch_us(TRY_CAST(${moment} AS TIMESTAMPTZ))`,
  moment: (text) => `CAST(${text} AS TIMESTAMPTZ)`,
  wall(seconds, zone) {
    const known = `timezone(${literal(zone)}, make_timestamptz((${seconds}) * 1000000))`;
    const law = newLaw(zone);
    if (law === undefined) return known;
    return `CASE WHEN ${seconds} >= ${law.since} THEN make_timestamp((${seconds} + ${law.east}) * 1000000) ELSE ${known} END`;
  },
  sinceEpoch: (wall) => `CAST(epoch(${wall}) AS BIGINT)`,
  fingerprint(cells) {
    const row = `hash(${cells.join(", ")})`;
    return `CONCAT(CAST(bit_xor(${row}) AS VARCHAR), '.', CAST(SUM(${row} % 1000000007) AS VARCHAR))`;
  },
  kindOf: (type) => kinds.find(([pattern]) => pattern.test(type))?.[1] ?? "nested",
};

const kinds: readonly (readonly [RegExp, ParquetType])[] = [
  [/^(?:STRING|VARCHAR|ENUM\(.*\))$/s, "text"],
  [/^DATE$/, "date"],
  [/^TIMESTAMP WITH TIME ZONE$/, "instant"],
  [/^TIMESTAMP(?:_S|_MS|_NS)?$/, "timestamp"],
  [/^(?:INT64|U?(?:BIGINT|INTEGER|SMALLINT|TINYINT|HUGEINT)|DECIMAL\(\d+,0\))$/, "integer"],
  [/^(?:NUMERIC|DECIMAL\(\d+,\d+\))$/, "decimal"],
  [/^(?:DOUBLE|FLOAT)$/, "float"],
  [/^BOOL(?:EAN)?$/, "boolean"],
  [/^UUID$/, "uuid"],
  [/^(?:ARRAY<STRING>|VARCHAR\[\])$/, "list"],
  [/^"?NULL"?$/, "null"],
];

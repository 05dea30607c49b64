/** SQL in the words that BigQuery and one machine both read (docs/decisions/one-sql-text.md): the text of a
 *  shape is the same on each. */

/** @param value without quotes, backslashes and line breaks: the two write them differently */
export const text = (value: string): string => `'${value}'`;
export const isText = (value: string): boolean => !/['\\\p{Cc}]/u.test(value);

const pattern = (value: string): string => `r'${value}'`;

export const hex = (value: string): string => `TO_HEX(SHA256(${value}))`;
export const replaced = (value: string, what: string, by: string): string =>
  `REGEXP_REPLACE(${value}, ${pattern(what)}, ${by})`;
export const removed = (value: string, what: string): string => replaced(value, what, "''");
export const matches = (value: string, what: string): string => `REGEXP_CONTAINS(${value}, ${pattern(what)})`;
export const filled = (value: string): string => `NULLIF(${value}, '')`;
export const float = (value: string): string => `SAFE_CAST(${value} AS FLOAT64)`;

/** ISO 8601, or Unix seconds or milliseconds; NULL where it is none. */
export function time(value: string): string {
  const whole = `SAFE_CAST(${value} AS INT64)`;
  return (
    `CASE WHEN ${matches(value, "^[0-9]{9,10}$")} THEN TIMESTAMP_SECONDS(${whole}) ` +
    `WHEN ${matches(value, "^[0-9]{12,13}$")} THEN TIMESTAMP_MILLIS(${whole}) ` +
    `ELSE SAFE_CAST(${value} AS TIMESTAMP) END`
  );
}

/** When the hit came, where it is no time. */
export function instant(value: string | undefined): string {
  const received = "TIMESTAMP_MILLIS(received_at)";
  return value === undefined ? received : `COALESCE(${time(value)}, ${received})`;
}

/** Of when it happened, whatever the zone of whoever asks. */
export const utcDay = "DATE(happened_at, 'UTC')";
export const rfc3339 = "FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', happened_at)";

/** Each value by its name. */
export const struct = (fields: readonly (readonly [name: string, value: string])[]): string =>
  `STRUCT(${fields.map(([field, value]) => `${value} AS ${field}`).join(", ")})`;

/** A list of one, or none where the value is NULL. */
export const listOf = (value: string): string => `CASE WHEN ${value} IS NOT NULL THEN [${value}] END`;

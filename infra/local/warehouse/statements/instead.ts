/** What to write instead of what only BigQuery knows. */

const wordsRead = "%Y %m %d %H %M %S %F %T %R";
const wordsWritten = `${wordsRead} %y %j %a %A %b %B %p %I %U %W %V %G %u %w %D`;
const zone = "a zone stands behind it by its name, in quotes";
const timeParts = "DAY, HOUR, MINUTE, SECOND, MILLISECOND or MICROSECOND";
const dateParts = "DAY, WEEK, WEEK(MONDAY), ISOWEEK, MONTH, QUARTER, YEAR or ISOYEAR";

/** By what is missing, in lower case. */
const known: Readonly<Record<string, string>> = {
  bignumeric: "Write NUMERIC: 38 digits, 9 of them after the point.",
  bigdecimal: "Write NUMERIC: 38 digits, 9 of them after the point.",
  format_date: `Here its format is a text in quotes, of ${wordsWritten}.`,
  format_datetime: `Here its format is a text in quotes, of ${wordsWritten}.`,
  format_timestamp: `Here its format is a text in quotes, of ${wordsWritten}; ${zone}.`,
  parse_date: `Here its format is a text in quotes, with %Y, of ${wordsRead}.`,
  parse_datetime: `Here its format is a text in quotes, with %Y, of ${wordsRead}.`,
  parse_timestamp: `Here its format is a text in quotes, with %Y, of ${wordsRead}; ${zone}.`,
  timestamp_diff: `Here it takes two times and ${timeParts}.`,
  timestamp_add: `Here it takes a time and INTERVAL with ${timeParts}.`,
  timestamp_sub: `Here it takes a time and INTERVAL with ${timeParts}.`,
  timestamp_trunc: `Here it takes a time, a part such as HOUR, ${dateParts}, and a zone by its name, in quotes.`,
  datetime_diff: `Here it takes two times and a part such as HOUR, ${dateParts}.`,
  datetime_trunc: `Here it takes a time and a part such as HOUR, ${dateParts}.`,
  datetime_add: "Here it takes a time and INTERVAL with MICROSECOND to YEAR.",
  datetime_sub: "Here it takes a time and INTERVAL with MICROSECOND to YEAR.",
  time_diff: "Write DATETIME_DIFF.",
  parse_json: "Write CAST(text AS JSON).",
  to_json_string: "Write CAST(to_json(value) AS STRING).",
  json_extract_scalar: "Write JSON_VALUE.",
  json_value_array: "Write CAST(JSON_QUERY(value, '$.path') AS STRING[]).",
  generate_date_array: "Write generate_series(first, last, INTERVAL 1 DAY).",
  generate_array: "Write generate_series(first, last).",
  generate_uuid: "Write uuid().",
  farm_fingerprint: "Write hash(value), which gives other numbers.",
  struct: "Give each value a name: STRUCT(value AS name).",
  offset: "A list's first element is list[1] here.",
  safe_offset: "A list's first element is list[1] here.",
  ordinal: "Write list[1].",
  safe_ordinal: "Write list[1].",
};
const others =
  "What runs of BigQuery on one machine stands in docs/warehouse.md; anything else is written in DuckDB's words.";

/** Of what cannot be read at all, by how it is written. */
const constructs: readonly (readonly [written: RegExp, instead: string])[] = [
  [/\bwith\s+offset\b/i, "For WITH OFFSET write generate_subscripts(list, 1), which begins with 1."],
  [/\b(?:struct|array)\s*</i, "For STRUCT<…> write struct_pack(name := value), for ARRAY<…>[…] write […]."],
  [/\bstruct\s*\(/i, "Give each value a name: STRUCT(value AS name)."],
  [/\bas\s+struct\b/i, "For AS STRUCT write struct_pack(name := value)."],
  [/"""|'''/, "A text stands in single quotes here, one on each side."],
];

const missing = /\b(?:Function|Type) with name "?([\w.]+)"? does not exist/;
const noColumn = /^Binder Error: Referenced column "([^"]*)" (?:not|was not) found/;
const noDate = /'\+\((?:TIMESTAMP[^,]*|VARCHAR|INTERVAL), INTEGER/;
const part = /^(?:(?:micro|milli)?second|minute|hour|day|(?:iso)?week|month|quarter|(?:iso)?year)$/i;

/** @param said DuckDB's own sentence
 *  @param asked the statement as it came */
export function insteadOf(said: string, asked: string): string | undefined {
  const [, name] = missing.exec(said) ?? [];
  const missed = name?.toLowerCase();
  if (missed !== undefined) return Object.hasOwn(known, missed) ? known[missed] : others;
  if (said.startsWith("Parser Error")) return constructs.find(([written]) => written.test(asked))?.[1];
  const [, column] = noColumn.exec(said) ?? [];
  if (column !== undefined && part.test(column))
    return `DATE_DIFF and DATE_TRUNC take ${dateParts}; for what is smaller write TIMESTAMP_ or DATETIME_ before it.`;
  if (column !== undefined && asked.includes(`"${column}"`))
    return `A text stands in single quotes: '${column}'. What is in double quotes is a name.`;
  return noDate.test(said) && /\b(?:format_)?date(?:_\w+)?\s*\(/i.test(asked)
    ? "DATE_ADD, DATE_SUB, DATE_DIFF, DATE_TRUNC and FORMAT_DATE take a DATE: write DATE(value), or TIMESTAMP_ or DATETIME_ before the name."
    : undefined;
}

/** DuckDB's guess at the name is one of its own, and has often nothing to do with it. */
export const withoutGuess = (said: string): string =>
  missing.test(said) ? said.replace(/ Did you mean "[^"]*"\?/, "") : said;

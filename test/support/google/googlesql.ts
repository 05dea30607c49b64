/** What BigQuery refuses in our own SQL and its emulator, which translates it for DuckDB, lets pass. Sources:
 *  https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical (literals, reserved words),
 *  …/query-syntax#qualify_clause, https://cloud.google.com/bigquery/quotas#view_limits */

/** Reserved: no name without backticks. */
const reserved = new Set(
  (
    "ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT DEFAULT " +
    "DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL GROUP " +
    "GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE " +
    "NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT " +
    "ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN"
  ).split(" "),
);
/** Reserved words that a bracket may follow. */
const beforeBracket = new Set(
  "ALL AND ARRAY AS BY CASE CAST ELSE EXISTS FROM HAVING IF IN INTO JOIN NOT ON OR OVER QUALIFY SELECT THEN UNNEST USING WHEN WHERE STRUCT".split(
    " ",
  ),
);
/** The functions that we use, each looked up in BigQuery's reference. */
const functions = new Set(
  (
    "ABS ARRAY_TO_STRING BIT_XOR COALESCE CONCAT COUNT CURRENT_DATE DATE DATETIME DATETIME_DIFF DATE_FROM_UNIX_DATE FARM_FINGERPRINT FLOOR FORMAT_TIMESTAMP GREATEST JSON_QUERY JSON_QUERY_ARRAY JSON_TYPE JSON_VALUE " +
    "LEAD LEAST LENGTH LOGICAL_OR LOWER MAX MAX_BY MIN MOD NULLIF PARSE_JSON REGEXP_CONTAINS REGEXP_REPLACE REPLACE ROW_NUMBER RPAD SAFE_CAST SHA256 " +
    "STARTS_WITH STRPOS SUBSTR SUM TIMESTAMP_MILLIS TIMESTAMP_SECONDS TO_BASE64 TO_HEX TO_JSON TO_JSON_STRING TRIM UNIX_DATE UNIX_MICROS UNIX_SECONDS UPPER"
  ).split(" "),
);
const types = new Set("BOOL BYTES DATE DATETIME FLOAT64 INT64 JSON NUMERIC STRING TIMESTAMP".split(" "));
/** Of a view; a query may have four times as many. */
const viewLettersMax = 256 * 1024;

const token =
  /\s+|(?<name>`[^`]+`)|(?<raw>[rR]'[^'\n]*'|[rR]"[^"\n]*")|(?<text>'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")|(?<number>\d+(?:\.\d+)?)|(?<word>@?[A-Za-z_][A-Za-z0-9_]*)|(?<sign>\|\||<>|<=|>=|!=|[-+*/(),.=<>[\];])/y;

interface Token {
  readonly kind: string;
  readonly text: string;
  /** Of words: in upper case. */
  readonly upper: string;
}

/** Why BigQuery would refuse the text; undefined where it is known to take all that is in it.
 *  @param isOurs not written by a person, who may know what double quotes mean there */
export function refusedByBigQuery(sql: string, { isOurs = true } = {}): string | undefined {
  if (sql.length > viewLettersMax)
    return `it has ${sql.length} letters, and a view at most ${viewLettersMax}`;
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < sql.length) {
    const at = token.lastIndex;
    const found = token.exec(sql);
    if (found === null) return `it cannot be read from ${JSON.stringify(sql.slice(at, at + 40))} on`;
    const [kind, text] = Object.entries(found.groups!).find(([, text]) => text !== undefined) ?? [];
    if (kind !== undefined) tokens.push({ kind, text: text!, upper: text!.toUpperCase() });
  }
  return (
    tokens.map((one, at) => refusedToken(one, tokens, at, isOurs)).find((why) => why !== undefined) ??
    withoutWhere(tokens)
  );
}

function refusedToken(
  { kind, text, upper }: Token,
  tokens: readonly Token[],
  at: number,
  isOurs: boolean,
): string | undefined {
  const [before, after] = [tokens[at - 1], tokens[at + 1]];
  if (
    kind === "text" &&
    /\\(?![abfnrtv\\?"'`]|[0-7]{3}|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/.test(
      text.replaceAll("\\\\", ""),
    )
  )
    return `the text ${text} has an escape that there is not`;
  if (text === "-" && after?.text === ">") return "-> is no operator";
  // A text there, and a name in DuckDB: whoever writes for both means the name.
  if (isOurs && text.startsWith('"')) return `${text} is a text, and in quotes that mean a name elsewhere`;
  if (kind !== "word" || upper.startsWith("@")) return undefined;
  const isCast = before?.upper === "AS" && after?.text === ")" && types.has(upper);
  if (
    before?.upper === "AS" &&
    !isCast &&
    reserved.has(upper) &&
    !["STRUCT"].includes(upper) &&
    after?.text !== "("
  )
    return `${text} is a reserved word, and a name only in backticks`;
  if (after?.text === "(" && !functions.has(upper) && !beforeBracket.has(upper))
    return `${text} is no function that we know of`;
  if (upper === "JSON_VALUE" || upper === "JSON_QUERY" || upper === "JSON_QUERY_ARRAY")
    return refusedPath(tokens, at);
  if (before?.upper === "AS" && after?.text === ")" && isInCast(tokens, at) && !types.has(upper))
    return `${text} is no type`;
  return undefined;
}

/** A JSONPath is a literal, never made of parts. */
function refusedPath(tokens: readonly Token[], at: number): string | undefined {
  let depth = 0;
  for (let index = at + 1; index < tokens.length; index++) {
    const { text } = tokens[index]!;
    if (text === "(" || text === "[") depth += 1;
    if (text === ")" || text === "]") depth -= 1;
    if (text === "," && depth === 1) {
      const path = tokens[index + 1]!;
      const isLiteral = path.kind === "text" && tokens[index + 2]?.text === ")";
      return isLiteral ? undefined : "a JSONPath is no literal";
    }
    if (depth === 0) return undefined;
  }
  return "a bracket is not closed";
}

function isInCast(tokens: readonly Token[], at: number): boolean {
  let depth = 0;
  for (let index = at; index >= 0; index--) {
    if (tokens[index]!.text === ")") depth += 1;
    if (tokens[index]!.text === "(" && depth-- === 0)
      return /^(SAFE_)?CAST$/.test(tokens[index - 1]?.upper ?? "");
  }
  return false;
}

/** QUALIFY wants a WHERE, GROUP BY or HAVING beside it. */
function withoutWhere(tokens: readonly Token[]): string | undefined {
  const selects: boolean[] = [false];
  for (const { text, upper } of tokens) {
    if (text === "(") selects.push(false);
    else if (text === ")") selects.pop();
    else if (upper === "SELECT") selects[selects.length - 1] = false;
    else if (["WHERE", "GROUP", "HAVING"].includes(upper)) selects[selects.length - 1] = true;
    else if (upper === "QUALIFY" && selects.at(-1) !== true) return "a QUALIFY stands without WHERE";
  }
  return selects.length === 1 ? undefined : "a bracket is not closed";
}

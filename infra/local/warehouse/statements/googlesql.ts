/** What people's SQL may borrow from BigQuery, so that one text runs on both grounds. See
 *  docs/decisions/one-sql-text.md. */
import { literal, quoted } from "../sql.ts";
import { type Argument, calls } from "./calls.ts";
import { readWords, type Word } from "./words.ts";

/** Brackets inside each other: what stands deeper stays as it is, and DuckDB says what it does not know. */
const depthMax = 100;

/** The text as DuckDB reads it: calls that no macro can be (SAFE_CAST, or DATE_DIFF with a part of a date),
 *  names between backticks, raw texts. Texts, names in quotes and comments stay as they are. */
export function fromGoogleSql(sql: string): string {
  const words = readWords(sql);
  const closing = closings(words);
  const behind = unnested(sql, words, closing);

  /** From one word to the one before another. Comments outside of them are left out: one behind would take
   *  what is written behind it. */
  function written(first: number, last: number, depth: number): string {
    if (first >= last) return "";
    let text = "";
    let done = words[first]!.start;
    const put = (until: number, other: string, next: number) => {
      text += sql.slice(done, until) + other;
      done = next;
    };
    for (let at = first; at < last; at += 1) {
      const word = words[at]!;
      if (word.text === "timestamp" && words[at + 1]?.quote === "'") put(word.start, "TIMESTAMPTZ", word.end);
      if (word.text === "except" && isOfColumns(words, at)) put(word.start, "EXCLUDE", word.end);
      if (word.text === "unnest" && words[at - 1]?.text === "in") put(word.start, "(SELECT unnest", word.end);
      if (word.quote === "`") put(word.start, nameOf(sql.slice(word.start, word.end)), word.end);
      if (word.quote === "b'") put(word.start, bytesOf(sql.slice(word.start, word.end)), word.end);
      if (word.quote === "r'") put(word.start, rawText(sql.slice(word.start, word.end)), word.end);
      const more = behind.get(at);
      if (more !== undefined) put(word.end, more, word.end);
      const isSafe = word.text === "safe" && words[at + 1]?.text === ".";
      const name = isSafe ? at + 2 : at;
      const close = closing.get(name + 1);
      if (close === undefined || close >= last || depth >= depthMax || !/^[\p{L}_]/u.test(words[name]!.text))
        continue;
      const other = call(name, close, depth);
      if (other === undefined && !isSafe) continue;
      const inner = other ?? written(name, close + 1, depth + 1);
      put(word.start, isSafe ? `TRY(${inner})` : inner, words[close]!.end);
      at = close;
    }
    return text + sql.slice(done, words[last - 1]!.end);
  }

  function call(name: number, close: number, depth: number): string | undefined {
    const write = calls.get(words[name]!.text);
    if (write === undefined || isNamed(name, close) || isOther(name)) return undefined;
    return write(
      parted(words, name + 1, close, closing).map(([first, last]): Argument => ({
        words: words.slice(first, last),
        raw: first < last ? sql.slice(words[first]!.start, words[last - 1]!.end) : "",
        text: (from = 0, to = last - first) => written(first + from, first + to, depth + 1),
      })),
    );
  }

  /** `WITH date(a, b) AS (`, `FROM t AS date(a, b)`: a name, and its columns. */
  function isNamed(name: number, close: number): boolean {
    return (
      words[name - 1]?.text === "as" || (words[close + 1]?.text === "as" && words[close + 2]?.text === "(")
    );
  }

  /** A function of somebody's schema. */
  const isOther = (name: number): boolean =>
    words[name - 1]?.text === "." && words[name - 2]?.text !== "safe";

  const [begin, end] = [words[0]?.start ?? 0, words.at(-1)?.end ?? 0];
  return sql.slice(0, begin) + written(0, words.length, 0) + sql.slice(end);
}

/** `* EXCEPT (a, b)`; without a star it is what leaves rows out. */
const isOfColumns = (words: readonly Word[], at: number): boolean =>
  words[at - 1]?.text === "*" && words[at + 1]?.text === "(" && words[at + 2]?.text !== "select";

/** What is written behind a word for `FROM UNNEST(list) AS name`, where the name is the value's and not the
 *  row's, and for `IN UNNEST(list)`. */
function unnested(
  sql: string,
  words: readonly Word[],
  closing: ReadonlyMap<number, number>,
): Map<number, string> {
  const behind = new Map<number, string>();
  const clauses: string[] = [""];
  for (const [at, { text }] of words.entries()) {
    if (text === "(") clauses.push("");
    else if (text === ")" && clauses.length > 1) clauses.pop();
    else if (clauseWords.has(text)) clauses[clauses.length - 1] = text;
    const close = text === "unnest" ? closing.get(at + 1) : undefined;
    if (close === undefined) continue;
    const name = words[close + 2];
    const isNamed = words[close + 1]?.text === "as" && name !== undefined && words[close + 3]?.text !== "(";
    if (words[at - 1]?.text === "in") behind.set(close, ")");
    else if (isNamed && ["from", "join"].includes(clauses.at(-1)!)) {
      const written = sql.slice(name.start, name.end);
      behind.set(close + 2, `(${name.quote === "`" ? nameOf(written) : written})`);
    }
  }
  return behind;
}

const clauseWords = new Set(
  "select from join on using where group having qualify window order limit".split(" "),
);

/** For each open bracket its closing one. */
function closings(words: readonly Word[]): Map<number, number> {
  const open: number[] = [];
  const found = new Map<number, number>();
  for (const [at, { text }] of words.entries()) {
    if (text === "(") open.push(at);
    else if (text === ")" && open.length > 0) found.set(open.pop()!, at);
  }
  return found;
}

/** The arguments between two brackets: of each the first word, and the one behind its last. */
function parted(
  words: readonly Word[],
  open: number,
  close: number,
  closing: ReadonlyMap<number, number>,
): [first: number, last: number][] {
  const parts: [number, number][] = [];
  let first = open + 1;
  /** Of `[a, b]`. */
  let lists = 0;
  for (let at = first; at <= close; at += 1) {
    const { text } = words[at]!;
    if (text === "[") lists += 1;
    else if (text === "]") lists -= 1;
    if (text === "(") at = closing.get(at) ?? at;
    else if ((text === "," && lists === 0) || at === close) {
      parts.push([first, at]);
      first = at + 1;
    }
  }
  return parts;
}

/** A table between one pair of backticks. On one machine a project and its dataset are one name. */
function nameOf(text: string): string {
  if (text.length < 3 || !text.endsWith("`")) return text;
  const parts = text.slice(1, -1).split(".");
  const [table, ...dataset] = parts.toReversed();
  return dataset.length === 0
    ? quoted(table!)
    : `${quoted(dataset.toReversed().join("."))}.${quoted(table!)}`;
}

/** Bytes. Of escapes DuckDB knows `\x41`, and refuses others. */
const bytesOf = (text: string): string =>
  text.includes("\\") ? `CAST(${text.slice(1)} AS BLOB)` : `encode(${text.slice(1)})`;

/** What stands between the quotes, with its backslashes. */
const rawText = (text: string): string => literal(text.slice(2, text.endsWith("'") ? -1 : undefined));

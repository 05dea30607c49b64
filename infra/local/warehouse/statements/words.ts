/** The words of a statement. A lexer, and no more: what stands in texts, names in quotes and
 *  comments is none of them. */

export interface Word {
  /** In lower case; empty for what stands in quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** What it begins with, where it stands in quotes: `'`, `"`, a backtick, `r'`, `b'`, `e'` or `$`. */
  readonly quote: string;
}

// Texts, also with backslashes or between dollars, and names in quotes; comments; words; any other character.
const word = new RegExp(
  [
    String.raw`(?<quoted>(?<![\p{L}\p{N}_$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'?|(?<![\p{L}\p{N}_$])[rR]'(?:[^'\\]|\\[\s\S])*'?`,
    String.raw`(?<![\p{L}\p{N}_$])[bB]'(?:[^']|'')*'?`,
    String.raw`'(?:[^']|'')*'?|"(?:[^"]|"")*"?|${"`"}[^${"`"}]*${"`"}?`,
    String.raw`(?<![\p{L}\p{N}_$])\$(?<tag>[\p{L}_]?[\p{L}\p{N}_]*)\$[\s\S]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<line>--[^\n\r]*)`,
    String.raw`(?<block>/\*)`,
    String.raw`(?<plain>[\p{L}_][\p{L}\p{N}_$]*|[^\s])`,
  ].join("|"),
  "gu",
);

/** The words and signs of a text in lower case; what stands in quotes is an empty one,
 *  and comments are none. */
export const wordsOf = (sql: string): string[] => readWords(sql).map(({ text }) => text);

export function readWords(sql: string): Word[] {
  const words: Word[] = [];
  word.lastIndex = 0;
  for (let found = word.exec(sql); found !== null; found = word.exec(sql)) {
    const { index: start, groups } = found;
    const { quoted, line, block, plain } = groups!;
    const end = start + found[0].length;
    if (block !== undefined) word.lastIndex = commentEnd(sql, start);
    else if (quoted !== undefined)
      words.push({ text: "", start, end, quote: /^(?:[ebr](?=')|)./i.exec(quoted)![0].toLowerCase() });
    else if (line === undefined) words.push({ text: plain!.toLowerCase(), start, end, quote: "" });
  }
  return words;
}

/** Comments stand in comments. */
function commentEnd(sql: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}

/** The dotted names of a GoogleSQL text: outside of strings and comments, quoted or not. Too many rather than
 *  too few: a column of a struct is written as a table is.
 *  Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical */
export interface Names {
  /** Each with two parts or more, as they are written, without quotes. */
  readonly paths: readonly { readonly parts: readonly string[]; readonly isCalled: boolean }[];
  /** Whether something in it cannot be read so: an escape inside a quoted name, a string without an end. */
  readonly isUnclear: boolean;
}

const token = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*|--[^\n]*|/\*[\s\S]*?\*/)`,
    // A backslash takes the next letter with it, in raw strings too.
    String.raw`(?<string>"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')`,
    String.raw`\x60(?<quoted>(?:\\[\s\S]|[^\x60\\])*)\x60`,
    // Without an end: the rest of the text, once.
    String.raw`(?<open>(?:/\*|"""|'''|\x60)[\s\S]*)`,
    // A project's name may have dashes.
    String.raw`(?<word>[A-Za-z_0-9]+(?:-[A-Za-z_0-9]+)*)`,
    String.raw`(?<space>\s+)`,
    String.raw`(?<other>[\s\S])`,
  ].join("|"),
  "gu",
);

export function namesIn(sql: string): Names {
  const paths: { parts: string[]; isCalled: boolean }[] = [];
  let isUnclear = false;
  let parts: string[] = [];
  let afterDot = false;
  const end = (isCalled: boolean) => {
    if (parts.length > 1 && !parts.every((part) => /^\d+$/.test(part))) paths.push({ parts, isCalled });
    parts = [];
    afterDot = false;
  };
  for (const { groups = {} } of sql.matchAll(token)) {
    const { comment, space, quoted, word, open, other } = groups;
    if (comment !== undefined || space !== undefined) continue;
    const name = quoted ?? word;
    if (name !== undefined) {
      if (quoted?.includes("\\")) isUnclear = true;
      if (!afterDot) end(false);
      parts.push(...(quoted === undefined ? [name] : name.split(".")));
      afterDot = false;
    } else if (other === "." && parts.length > 0) {
      afterDot = true;
    } else if (other === "*" && afterDot) {
      end(false);
    } else {
      if (open !== undefined || other === "'" || other === '"') isUnclear = true;
      end(other === "(");
    }
  }
  end(false);
  return { paths, isUnclear };
}

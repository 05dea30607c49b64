/** CSV in one way, for answers and for files: RFC 4180, CRLF, quotes where needed. NULL is an empty
 *  field, an empty text is `""`, and whatever is nested is its JSON. Exact, or for a person who opens it
 *  in a spreadsheet: with a mark that says UTF-8, and no cell that runs. Whoever sends a hit chooses its
 *  texts, and a spreadsheet runs one that begins like a formula. So such a cell gets a quote before it,
 *  which shows that it is text.
 *  Source: https://owasp.org/www-community/attacks/CSV_Injection */

/** U+FEFF: without it Excel takes the file for the machine's own charset. */
export const byteOrderMark = "\ufeff";

export interface CsvFor {
  /** No cell begins a formula. */
  readonly excel: boolean;
  /** What becomes of each text, for one who looks at it; left out where it is exact. */
  readonly shown?: (text: string) => string;
}

/** @param cells as answers have them: texts, numbers, booleans, null, and JSON */
export function csvLine(cells: readonly unknown[], { excel, shown = same }: CsvFor): string {
  return `${cells.map((cell) => field(cell, excel, shown)).join(",")}\r\n`;
}

const same = (text: string): string => text;
/** Readers drop blanks around a field, U+FEFF first in a file, and lines that begin with `#`. */
const quotes = /[",\r\n]|^#/;

function field(value: unknown, excel: boolean, shown: (text: string) => string): string {
  if (value === null || value === undefined) return "";
  const whole =
    typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  const text = shown(excel && typeof value !== "number" ? unformulated(whole) : whole);
  return text === "" || quotes.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** How a formula begins, also behind blanks and in full width. */
const formula = /^\s*[=+@\uff1d\uff0b\uff20\uff0d-]/;
/** What begins so and is a number all the same. */
const number = /^[+-]?(?:[0-9]+(?:[.,][0-9]+)?|[.][0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/;
const isRun = (text: string): boolean => formula.test(text) && !number.test(text);

/** Where the machine's lists have semicolons, a spreadsheet ends cells at them and heeds no comma; a quote
 *  within such a cell is one more letter, so that a line break ends it too. */
const ends = /([;\t\r\n])/;

/** The text as a cell that does not run, nor does a part of it that a spreadsheet takes for a cell. */
function unformulated(text: string): string {
  const whole = /^[\t\r]/.test(text) || isRun(text) ? `'${text}` : text;
  return whole
    .split(ends)
    .map((part, index) => (index > 0 && isRun(part) ? `'${part}` : part))
    .join("");
}

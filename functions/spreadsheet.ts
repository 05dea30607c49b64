/** CSV that a person opens in a spreadsheet: with a mark that says UTF-8, and no cell that runs. Whoever sends a hit
 *  chooses its texts, and a spreadsheet takes one that begins like a formula for a formula: such a cell gets a quote
 *  before it, which shows that it is text. The exact CSV beside it has none of this.
 *  Source: https://owasp.org/www-community/attacks/CSV_Injection */

/** U+FEFF: without it Excel takes the file for the machine's own charset. */
export const byteOrderMark = "\ufeff";

/** How a formula begins, also behind blanks and in full width. The same text to JavaScript and to DuckDB. */
export const formulaStart = "^\\s*[=+@\uff1d\uff0b\uff20\uff0d-]|^[\\t\\r]";
/** What begins so and is a number all the same. */
export const plainNumber = "[+-]?(?:[0-9]+(?:[.,][0-9]+)?|[.][0-9]+)(?:[eE][+-]?[0-9]{1,3})?";

const formula = new RegExp(formulaStart);
const number = new RegExp(`^(?:${plainNumber})$`);

/** The text as a cell that does not run. */
export function unformulated(text: string): string {
  return formula.test(text) && !number.test(text) ? `'${text}` : text;
}

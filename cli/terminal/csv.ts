import { unformulated } from "../../functions/spreadsheet.ts";
import { visibleLines } from "./visible.ts";

/** @param excel for a spreadsheet: no cell begins a formula there */
export type CsvFor = { readonly screen: boolean; readonly excel: boolean };

/** RFC 4180: CRLF, quotes where needed. NULL is an empty field, an empty text is `""`.
 *  @param screen a person looks at it: what acts on a terminal is made visible; otherwise the text is exact */
export function csvLine(cells: readonly unknown[], given: CsvFor): string {
  return `${cells.map((cell) => field(cell, given)).join(",")}\r\n`;
}

function field(value: unknown, { screen, excel }: CsvFor): string {
  if (value === null || value === undefined) return "";
  const whole =
    typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  const exact = excel && typeof value !== "number" ? unformulated(whole) : whole;
  const text = screen ? visibleLines(exact) : exact;
  return text === "" || /[",\r\n]/.test(text) || text !== text.trim()
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

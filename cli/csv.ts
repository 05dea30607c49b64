import { visibleLines } from "./visible.ts";

/** RFC 4180: CRLF, quotes where needed. NULL is an empty field, an empty text is `""`.
 *  @param screen a person looks at it: what acts on a terminal is made visible; otherwise the text is exact */
export function csvLine(cells: readonly unknown[], screen: boolean): string {
  return `${cells.map((cell) => field(cell, screen)).join(",")}\r\n`;
}

function field(value: unknown, screen: boolean): string {
  if (value === null || value === undefined) return "";
  const exact =
    typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  const text = screen ? visibleLines(exact) : exact;
  return text === "" || /[",\r\n]/.test(text) || text !== text.trim()
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

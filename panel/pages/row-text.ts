import { rowColumns } from "../../functions/hits/row.ts";
import { escapedJson } from "../../functions/visible.ts";
import type { Value } from "../../functions/warehouse.ts";

/** A page of some megabytes is slow to draw, and nobody reads it. */
const shownLettersMax = 65_536;

const jsonColumns = new Set(rowColumns.filter(({ type }) => type === "JSON").map(({ name }) => name));

/** A row as JSON that shows and does not act: bytes as base64, NULL left out, what is very long cut.
 *  @returns `isCut` where it is not the whole row */
export function rowText(row: Readonly<Record<string, Value>>): { text: string; isCut: boolean } {
  let isCut = false;
  // Before JSON sees them: a Buffer would say all its bytes as numbers.
  const shown = Object.entries(row).flatMap(([name, value]) => {
    if (value === null) return [];
    const isLong = typeof value === "object" || typeof value === "string";
    if (!isLong) return [[name, value]];
    // Of bytes no more than are shown, however many they are.
    const text =
      typeof value === "string" ? value : Buffer.from(value.subarray(0, shownLettersMax)).toString("base64");
    if (text.length <= shownLettersMax) return [[name, jsonColumns.has(name) ? parsed(text) : text]];
    isCut = true;
    return [[name, `${text.slice(0, shownLettersMax)}…`]];
  });
  return { text: escapedJson(JSON.stringify(Object.fromEntries(shown), null, 2)), isCut };
}

/** JSON in JSON is read by nobody. What is none, in a table that somebody else made, stays as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

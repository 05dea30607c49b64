import { escapedJson } from "../../functions/visible.ts";

export { visible, visibleLines } from "../../functions/visible.ts";

/** JSON for terminals: the same value, and no character of it acts. */

/** JSON whose value is exact and whose text is harmless: the same characters, written as \u escapes. */
export function json(value: unknown, indent?: number): string {
  return escapedJson(JSON.stringify(value, null, indent));
}

/** A text that is JSON, on one line: between its values a line break is a blank, and
 *  in them there is none. */
export function harmlessJson(text: string): string {
  return escapedJson(text.replaceAll(/[\n\r\t]/g, " "));
}

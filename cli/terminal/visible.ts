export { visible, visibleLines } from "../../functions/visible.ts";

/** JSON for terminals: the same value, and no character of it acts. */

// What JSON.stringify leaves as it is although it acts on a terminal.
const actingInJson =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** JSON whose value is exact and whose text is harmless: the same characters, written as \u escapes. */
export function json(value: unknown, indent?: number): string {
  return escaped(JSON.stringify(value, null, indent));
}

/** A text that is JSON, on one line: between its values a line break is a blank, and in them there is none. */
export function harmlessJson(text: string): string {
  return escaped(text.replaceAll(/[\n\r\t]/g, " "));
}

function escaped(text: string): string {
  return text.replace(actingInJson, (character) =>
    Array.from({ length: character.length }, (_, unit) => character.charCodeAt(unit))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

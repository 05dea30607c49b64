/** What senders put into a payload reaches people's terminals and pages. Escape sequences could
 *  rewrite a screen, set its title or hide text, so every character that acts instead of showing is
 *  written as its escape. */

// C0, DEL, C1; soft hyphen to zero-width characters, line separators, bidirectional controls,
// BOM, tags; lone surrogates.
const acting =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const names: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, harmless. */
export function visible(text: string): string {
  return text.replace(acting, escape);
}

/** The same, keeping line breaks and tabs: for texts that are lines themselves. */
export function visibleLines(text: string): string {
  return text.replace(acting, (character) =>
    character === "\n" || character === "\t" ? character : escape(character),
  );
}

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  if (code < 0x100) return names[character] ?? `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

// What JSON.stringify leaves as it is although it acts on a terminal.
const actingInJson =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** JSON as it was, whose characters show and do not act: those that JSON leaves as
 *  they are, as \u escapes. */
export function escapedJson(text: string): string {
  return text.replace(actingInJson, (character) =>
    Array.from({ length: character.length }, (_, unit) => character.charCodeAt(unit))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

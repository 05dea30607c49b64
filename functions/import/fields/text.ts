/** Cells of text: what is cut off around them, and what may not be in them. */

/** Unicode's white space, and what takes no room: people copy both along. */
const outer = /^[\s\u0085\ufeff\u200b-\u200f\u2060]+|[\s\u0085\ufeff\u200b-\u200f\u2060]+$/g;
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f]/;

export function trimmed(text: string): string {
  const { length } = text;
  // Nearly every cell begins and ends with a visible character of ASCII.
  if (length === 0 || (isPlain(text.charCodeAt(0)) && isPlain(text.charCodeAt(length - 1)))) return text;
  return text.replace(outer, "");
}

function isPlain(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

export function hasControl(text: string): boolean {
  return control.test(text);
}

/** Characters as people count them: a pair of surrogates is one. */
export function isLongerThan(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return false;
  let characters = 0;
  for (const _ of text) if (++characters > charactersMax) return true;
  return false;
}

/** The same text in memory of its own. A piece of a large text keeps all of it alive: what is remembered past
 *  the row must not hold the file. */
export function copied(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

/** As every store takes it: half a pair of surrogates is no character, and a NUL ends a statement. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\ufffd");
}

/** As JSON, whose texts are storable. They are before they are escaped: what looks like an escape may be the
 *  text itself. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "string" ? storable(each) : each));
}

import type { Work } from "../turn.ts";
import { rewriteJson } from "./json.ts";

/** Reads lines of JSON: each an object or an array, empty ones left out.
 *  @param text that `rewriteJson` found to be no JSON: its counts are within bounds, those
 *  of its lines together too
 *  @returns a JSON array of them, null past depthMax, undefined where a line is something else or
 *  there is none but the first */
export function* rewriteNdjson(text: string): Work<string | null | undefined> {
  if (!opening.test(text)) return undefined;
  const lines: string[] = [];
  for (let start = 0; start < text.length;) {
    const next = text.indexOf("\n", start);
    const end = next === -1 ? text.length : next;
    const line = text.slice(start, end);
    start = end + 1;
    if (!written.test(line)) continue;
    // The array around them is one level.
    const json = yield* rewriteJson(line, 2);
    if (json === undefined || json === null) return json;
    lines.push(json);
  }
  return lines.length > 1 ? `[${lines.join()}]` : undefined;
}

const opening = /^\ufeff?[ \t\r\n]*[[{][^\n]*\n/;
const written = /[^ \t\r]/;

import { parse } from "node:querystring";
import { readText, type Charset } from "./charset.ts";
import { keysMax } from "./json.ts";

/** Reads `a=1&b=2`: names stay flat, a repeated one becomes an array, `+` is a space, broken escapes stay as they are.
 *  @param charset of the escaped bytes; UTF-8 where undefined
 *  @returns JSON, null past keysMax pairs, undefined where the first pair holds no `=`: then it is no form */
export function rewriteForm(text: string, charset: Charset | undefined): string | null | undefined {
  const firstEnd = text.indexOf("&");
  const firstEquals = text.indexOf("=");
  if (firstEquals === -1 || (firstEnd !== -1 && firstEquals > firstEnd)) return undefined;
  if (!isWithinPairs(text)) return null;
  const decode = charset === undefined ? unescapeUtf8 : (part: string) => unescape(part, charset);
  const pairs = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  // Objects of `parse` inherit nothing, so `__proto__` is a name as any other.
  return JSON.stringify(parse(pairs, "&", "=", { maxKeys: 0, decodeURIComponent: decode }));
}

function isWithinPairs(text: string): boolean {
  if (text.length < 2 * keysMax) return true;
  let pairs = 0;
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf("&", start);
    const end = next === -1 ? text.length : next;
    if (end > start && ++pairs > keysMax) return false;
    start = end + 1;
  }
  return true;
}

function unescapeUtf8(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return unescape(part, undefined);
  }
}

/** Whole runs of ASCII: the second byte of a character in shift_jis may be a plain letter after an escape. What is not
 *  ASCII was text already. */
function unescape(part: string, charset: Charset | undefined): string {
  return part.includes("%") ? part.replace(asciiRuns, (run) => unescapeAscii(run, charset)) : part;
}

// All below U+0080, control characters included.
const asciiRuns = /[^\u0080-\uffff]+/g;

function unescapeAscii(run: string, charset: Charset | undefined): string {
  if (!run.includes("%")) return run;
  const bytes = Buffer.allocUnsafe(run.length);
  let length = 0;
  for (let index = 0; index < run.length; index++) {
    const code = run.charCodeAt(index);
    const high = code === 0x25 ? hexDigit(run.charCodeAt(index + 1)) : -1;
    const low = high === -1 ? -1 : hexDigit(run.charCodeAt(index + 2));
    if (low !== -1) index += 2;
    bytes[length++] = low === -1 ? code : high * 16 + low;
  }
  return readText(bytes.subarray(0, length), charset).text;
}

/** -1 for everything else, also for the NaN past the end. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

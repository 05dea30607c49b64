import { parse } from "node:querystring";
import { nest } from "./brackets.ts";
import { readShort, type Charset } from "./charset.ts";
import { keysMax } from "./json.ts";

/** Reads `a=1&b=2`: names with brackets are nested (brackets.ts), a repeated one becomes an array, `+` is a
 *  space, escapes that are broken or not of the charset stay as they are.
 *  @param charset of the escaped bytes; UTF-8 where undefined
 *  @param isSaid whether Content-Type says that it is a form: its first pair may
 *  then be empty or lack the `=`
 *  @returns JSON, null past keysMax pairs, names or runs of escapes, undefined where it is no form */
export function rewriteForm(
  text: string,
  charset: Charset | undefined,
  isSaid: boolean,
): string | null | undefined {
  const firstEnd = text.indexOf("&");
  const firstEquals = text.indexOf("=");
  if (firstEquals === -1 || (!isSaid && firstEnd !== -1 && firstEquals > firstEnd)) return undefined;
  if (!isWithinPairs(text)) return null;
  const runs = { left: keysMax };
  const decode =
    charset === undefined
      ? (part: string) => unescapeUtf8(part, runs)
      : (part: string) => unescape(part, charset, runs);
  // `parse` would make an escape of each plus first.
  const pairs = withSpaces(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  // Objects of `parse` inherit nothing, so `__proto__` is a name as any other.
  const fields = parse(pairs, "&", "=", { maxKeys: 0, decodeURIComponent: decode });
  if (runs.left < 0) return null;
  // Most forms have no brackets.
  const nested = hasBracket.test(text) ? nest(fields) : fields;
  return nested === undefined ? null : JSON.stringify(nested);
}

const hasBracket = /\[|%5b/i;

/** In place: 1 MiB of pluses, replaced as text, take 60 MiB and ten times as long. */
function withSpaces(text: string): string {
  if (!text.includes("+")) return text;
  const units = Buffer.from(text, "utf16le");
  for (let at = 0; at < units.length; at += 2)
    if (units[at] === 0x2b && units[at + 1] === 0) units[at] = 0x20;
  return units.toString("utf16le");
}

/** How many runs of escapes may still be decoded; below zero, nothing that is read counts any more. */
interface Runs {
  left: number;
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

function unescapeUtf8(part: string, runs: Runs): string {
  if (!part.includes("%") || runs.left < 0) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return unescape(part, undefined, runs);
  }
}

/** Whole runs of ASCII: the second byte of a character in shift_jis may be a plain letter after an escape.
 *  What is not ASCII was text already. */
function unescape(part: string, charset: Charset | undefined, runs: Runs): string {
  if (!part.includes("%")) return part;
  let unescaped = "";
  let end = 0;
  for (const run of part.matchAll(asciiRuns)) {
    if (run[0].includes("%") && --runs.left < 0) return part;
    unescaped += part.slice(end, run.index) + unescapeAscii(run[0], charset);
    end = run.index + run[0].length;
  }
  return unescaped + part.slice(end);
}

// All below U+0080, control characters included.
const asciiRuns = /[^\u0080-\uffff]+/g;

function unescapeAscii(run: string, charset: Charset | undefined): string {
  if (!run.includes("%")) return run;
  const bytes = Buffer.allocUnsafe(run.length);
  // Which of them were escapes, and where those begin.
  const starts = new Int32Array(run.length);
  let length = 0;
  for (let index = 0; index < run.length; index++) {
    const code = run.charCodeAt(index);
    const high = code === 0x25 ? hexDigit(run.charCodeAt(index + 1)) : -1;
    const low = high === -1 ? -1 : hexDigit(run.charCodeAt(index + 2));
    starts[length] = low === -1 ? -1 : index;
    bytes[length++] = low === -1 ? code : high * 16 + low;
    if (low !== -1) index += 2;
  }
  const unescaped = bytes.subarray(0, length);
  return readShort(unescaped, charset) ?? keepEscapes(run, unescaped, starts);
}

/** What is no UTF-8 stays as it was sent: different values stay different. */
function keepEscapes(run: string, bytes: Buffer, starts: Int32Array): string {
  const decoded = Buffer.allocUnsafe(run.length);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const size = characterBytes(bytes, at);
    const start = starts[at]!;
    // A byte that is no character alone is never ASCII, so it was an escape.
    if (size === 0) length += decoded.write(run.slice(start, start + 3), length, "latin1");
    else length += bytes.copy(decoded, length, at, at + size);
    at += Math.max(size, 1);
  }
  return decoded.toString("utf8", 0, length);
}

/** Bytes of the UTF-8 character that begins there, 0 where none does.
 *  Source: https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G27506 (table 3-7) */
function characterBytes(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const size = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (size === 0 || at + size > bytes.length) return 0;
  const second = bytes[at + 1]!;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let next = at + 2; next < at + size; next++) if (bytes[next]! >> 6 !== 2) return 0;
  return size;
}

/** -1 for everything else, also for the NaN past the end. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

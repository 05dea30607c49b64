import { parse } from "node:querystring";
import { readShort, type Charset } from "./charset.ts";
import { keysMax } from "./json.ts";

/** Reads `a=1&b=2`: names stay flat, a repeated one becomes an array, `+` is a space, broken escapes stay as they are.
 *  @param charset of the escaped bytes; UTF-8 where undefined
 *  @returns JSON, null past keysMax pairs or runs of escapes, undefined where the first pair holds no `=`: then it is no
 *    form */
export function rewriteForm(text: string, charset: Charset | undefined): string | null | undefined {
  const firstEnd = text.indexOf("&");
  const firstEquals = text.indexOf("=");
  if (firstEquals === -1 || (firstEnd !== -1 && firstEquals > firstEnd)) return undefined;
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
  return runs.left < 0 ? null : JSON.stringify(fields);
}

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

/** Whole runs of ASCII: the second byte of a character in shift_jis may be a plain letter after an escape. What is not
 *  ASCII was text already. */
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
  let length = 0;
  for (let index = 0; index < run.length; index++) {
    const code = run.charCodeAt(index);
    const high = code === 0x25 ? hexDigit(run.charCodeAt(index + 1)) : -1;
    const low = high === -1 ? -1 : hexDigit(run.charCodeAt(index + 2));
    if (low !== -1) index += 2;
    bytes[length++] = low === -1 ? code : high * 16 + low;
  }
  return readShort(bytes.subarray(0, length), charset);
}

/** -1 for everything else, also for the NaN past the end. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

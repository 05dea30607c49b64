import { isAscii, isUtf8 } from "node:buffer";
import { pieceBytesMax, type Work } from "../turn.ts";

type Decoder = InstanceType<typeof TextDecoder>;

/** An encoding other than UTF-8, as Content-Type names one. Which names there are, and what they mean, is the
 *  WHATWG standard: https://encoding.spec.whatwg.org/#names-and-labels */
export interface Charset {
  /** The standard's name in lower case, e.g. `windows-1251` also for the label `cp1251`. */
  readonly name: string;
  /** Whether bytes that are valid UTF-8 are taken for UTF-8 nevertheless. */
  readonly mistaken: (utf8: Uint8Array) => boolean;
  /** Whether these bytes, all of them ASCII, are the same text in it. */
  readonly keepsAscii: (ascii: Uint8Array) => boolean;
  /** What decodes bytes that begin like these.
   *  @param kind `strict` throws on what is not text, `lossy` puts U+FFFD. Both are everybody's; what decodes
   *  piece by piece keeps a half character in between, so that each body takes a new one */
  readonly decoder: (bytes: Uint8Array, kind: "strict" | "lossy", inPieces: boolean) => Decoder;
}

export interface Text {
  readonly text: string;
  /** `utf-8`: the bytes are exactly the UTF-8 of the text. `charset`: the text is in the
   *  charset that was named, all of it or, past `textBytesMax`, its beginning. `broken`: U+FFFD
   *  stands for what is not text. */
  readonly from: "utf-8" | "charset" | "broken";
}

// A byte order mark stays in the text: without it the text would not be the body any more.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads bytes as text. Never throws.
 *  @param bounds.textBytesMax of text in the charset, in UTF-8: once it is passed, no more is read
 *  @param bounds.brokenBytesMax of what is not text, in UTF-8 as well: a mistake may cost as
 *  much as ten characters */
export function* readText(
  bytes: Uint8Array,
  charset: Charset | undefined,
  { textBytesMax, brokenBytesMax }: { textBytesMax: number; brokenBytesMax: number },
): Work<Text> {
  const isUnicode = isUtf8(bytes);
  if (bytes.length > pieceBytesMax) yield;
  if (isUnicode && (charset === undefined || charset.mistaken(bytes) || isKeptAscii(bytes, charset)))
    return { text: utf8.decode(bytes), from: "utf-8" };
  if (charset !== undefined) {
    const decoded = yield* decodeStrictly(bytes, charset, textBytesMax);
    if (decoded.isText) {
      const text = decoded.parts.join("");
      return { text, from: isUnicode && Buffer.from(text).equals(bytes) ? "utf-8" : "charset" };
    }
    // Not what it is said to be: read on.
  }
  if (isUnicode) return { text: utf8.decode(bytes), from: "utf-8" };
  return { text: yield* decodeLossily(bytes, charset, brokenBytesMax), from: "broken" };
}

/** A few bytes in the midst of text, such as what escapes stand for.
 *  @returns undefined where they are text neither in the charset nor in UTF-8 */
export function readShort(bytes: Uint8Array, charset: Charset | undefined): string | undefined {
  const isUnicode = isUtf8(bytes);
  if (isUnicode && (charset === undefined || charset.mistaken(bytes))) return utf8.decode(bytes);
  if (charset !== undefined) {
    // Never strictly: a body may hold 10,000 of them, and an exception for each is 80 ms in one piece.
    const text = charset.decoder(bytes, "lossy", false).decode(bytes);
    if (!text.includes("\ufffd")) return text;
  }
  return isUnicode ? utf8.decode(bytes) : undefined;
}

function isKeptAscii(bytes: Uint8Array, charset: Charset): boolean {
  return isAscii(bytes) && charset.keepsAscii(bytes);
}

interface Decoded {
  /** One of each pieceBytesMax bytes. */
  readonly parts: readonly string[];
  /** Whether all that was read is text. */
  readonly isText: boolean;
}

function* decodeStrictly(bytes: Uint8Array, charset: Charset, textBytesMax: number): Work<Decoded> {
  const decoder = charset.decoder(bytes, "strict", bytes.length > pieceBytesMax);
  const parts: string[] = [];
  let textBytes = 0;
  for (let at = 0; textBytes <= textBytesMax;) {
    const end = Math.min(at + pieceBytesMax, bytes.length);
    try {
      parts.push(decoder.decode(bytes.subarray(at, end), { stream: end < bytes.length }));
    } catch {
      return { parts, isText: false };
    }
    if (end === bytes.length) break;
    textBytes += Buffer.byteLength(parts.at(-1)!);
    at = end;
    yield;
  }
  return { parts, isText: true };
}

/** Of bytes that were cut, a half character at the end is left out. */
function* decodeLossily(bytes: Uint8Array, charset: Charset | undefined, textBytesMax: number): Work<string> {
  const inPieces = bytes.length > pieceBytesMax;
  const decoder =
    charset?.decoder(bytes, "lossy", inPieces) ??
    (inPieces ? new TextDecoder("utf-8", { ignoreBOM: true }) : utf8);
  const parts: string[] = [];
  let textBytes = 0;
  for (let at = 0; textBytes <= textBytesMax;) {
    const end = Math.min(at + pieceBytesMax, bytes.length);
    parts.push(decoder.decode(bytes.subarray(at, end), { stream: end < bytes.length }));
    if (end === bytes.length) break;
    textBytes += Buffer.byteLength(parts.at(-1)!);
    at = end;
    yield;
  }
  return parts.join("");
}

/** There are some 40 charsets, each with a few labels, and what makes one is kept: its tables are large. */
const charsets = new Map<string, Charset>();

/** @param label as Content-Type has it, in any case
 *  @returns undefined for UTF-8 and for what the platform does not know */
export function charsetOf(label: string): Charset | undefined {
  let name: string;
  try {
    name = new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
  if (name === "utf-8") return undefined;
  // The bare name leaves the order of the bytes to the byte order mark.
  const key = /^utf-?16$/i.test(label) ? "utf-16" : name;
  const before = charsets.get(key);
  if (before !== undefined) return before;
  const made = key === "utf-16" ? bareUtf16(name) : charsetNamed(name);
  charsets.set(key, made);
  return made;
}

function charsetNamed(name: string): Charset {
  const shared = { strict: new TextDecoder(name, { fatal: true }), lossy: new TextDecoder(name) };
  const isUtf16 = name === "utf-16le" || name === "utf-16be";
  const strange = isUtf16 ? [] : strangeAscii(shared.lossy);
  return {
    name,
    mistaken: isUtf16 ? withoutNul : multiByte.has(name) ? never : always,
    keepsAscii: isUtf16 ? never : (ascii) => !strange.some((byte) => ascii.includes(byte)),
    decoder: (_bytes, kind, inPieces) =>
      inPieces ? new TextDecoder(name, { fatal: kind === "strict" }) : shared[kind],
  };
}

function bareUtf16(name: string): Charset {
  const little = charsetNamed("utf-16le");
  const big = charsetNamed("utf-16be");
  return {
    ...little,
    name,
    decoder: (bytes, kind, inPieces) => (isBigEndian(bytes) ? big : little).decoder(bytes, kind, inPieces),
  };
}

/** What is something else alone: the controls that switch in iso-2022-jp, and a few that the
 *  platform's tables move. */
function strangeAscii(decoder: Decoder): number[] {
  return Array.from({ length: 128 }, (_, byte) => byte).filter(
    (byte) => decoder.decode(Uint8Array.of(byte)) !== String.fromCharCode(byte),
  );
}

// Many senders name latin1 out of habit and send UTF-8. In a charset with one byte a character,
// text that passes for UTF-8 by accident hardly exists; in those below, a short name often does,
// so their word is believed.
const multiByte: ReadonlySet<string> = new Set([
  "gbk",
  "gb18030",
  "big5",
  "euc-jp",
  "iso-2022-jp",
  "shift_jis",
  "euc-kr",
]);
const never = () => false;
const always = () => true;
/** Digits, braces and line ends have a zero byte in UTF-16: bytes without one are some 8-bit
 *  text under a wrong name. */
const withoutNul = (bytes: Uint8Array) => !bytes.includes(0);

const isBigEndian = (bytes: Uint8Array) => bytes[0] === 0xfe && bytes[1] === 0xff;

import { isUtf8 } from "node:buffer";

/** An encoding other than UTF-8, as Content-Type names one. Which names there are, and what they mean, is the WHATWG
 *  standard: https://encoding.spec.whatwg.org/#names-and-labels */
export interface Charset {
  /** The standard's name in lower case, e.g. `windows-1251` also for the label `cp1251`. */
  readonly name: string;
  /** Whether bytes that are valid UTF-8 are taken for UTF-8 nevertheless. */
  readonly mistaken: (utf8: Uint8Array) => boolean;
  /** Throws on what is not text in this charset. */
  readonly strict: (bytes: Uint8Array) => string;
  /** U+FFFD on what is not text; `more` tells that the bytes were cut, so that a half character at the end is left out. */
  readonly lossy: (bytes: Uint8Array, more: boolean) => string;
}

export interface Text {
  readonly text: string;
  /** `utf-8`: the bytes are exactly the UTF-8 of the text. `charset`: all of it is text, in the charset that was named.
   *  `broken`: U+FFFD stands for what is not text. */
  readonly from: "utf-8" | "charset" | "broken";
}

// A byte order mark stays in the text: without it the text would not be the body any more.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads bytes as text. Never throws.
 *  @param bytesMax of what is not text, so many bytes are read at most; the rest is left out */
export function readText(bytes: Uint8Array, charset: Charset | undefined, bytesMax = Infinity): Text {
  const isUnicode = isUtf8(bytes);
  if (isUnicode && (charset === undefined || charset.mistaken(bytes)))
    return { text: utf8.decode(bytes), from: "utf-8" };
  if (charset !== undefined) {
    try {
      const text = charset.strict(bytes);
      return isUnicode && Buffer.from(text).equals(bytes)
        ? { text, from: "utf-8" }
        : { text, from: "charset" };
    } catch {
      // Not what it is said to be: read on.
    }
  }
  if (isUnicode) return { text: utf8.decode(bytes), from: "utf-8" };
  const lossy = charset?.lossy ?? lossyUtf8;
  const more = bytes.byteLength > bytesMax;
  return {
    text: lossy(more ? bytes.subarray(0, bytesMax) : bytes, more),
    from: "broken",
  };
}

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
  const strictDecoder = new TextDecoder(name, { fatal: true });
  const strict = (bytes: Uint8Array) => strictDecoder.decode(bytes);
  const lossy: Charset["lossy"] = (bytes, more) => new TextDecoder(name).decode(bytes, { stream: more });
  if (name !== "utf-16le" && name !== "utf-16be")
    return {
      name,
      mistaken: multiByte.has(name) ? never : always,
      strict,
      lossy,
    };
  // The bare name leaves the order of the bytes to the byte order mark.
  if (/^utf-?16$/i.test(label)) {
    const big = charsetOf("utf-16be")!;
    return {
      name,
      mistaken: withoutNul,
      strict: (bytes) => (isBigEndian(bytes) ? big.strict(bytes) : strict(bytes)),
      lossy: (bytes, more) => (isBigEndian(bytes) ? big.lossy(bytes, more) : lossy(bytes, more)),
    };
  }
  return { name, mistaken: withoutNul, strict, lossy };
}

// Many senders name latin1 out of habit and send UTF-8. In a charset with one byte a character, text that passes for
// UTF-8 by accident hardly exists; in those below, a short name often does, so their word is believed.
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
/** Digits, braces and line ends have a zero byte in UTF-16: bytes without one are some 8-bit text under a wrong name. */
const withoutNul = (bytes: Uint8Array) => !bytes.includes(0);

const isBigEndian = (bytes: Uint8Array) => bytes[0] === 0xfe && bytes[1] === 0xff;

function lossyUtf8(bytes: Uint8Array, more: boolean): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, {
    stream: more,
  });
}

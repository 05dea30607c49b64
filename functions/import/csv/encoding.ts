/** Bytes as text. Nothing is guessed: a byte order mark, UTF-8 that is nothing else, or the
 *  encoding that somebody set. */
import { isUtf8 } from "node:buffer";
import { binaryOrUtf16, encodingUnknown, type FileFault } from "../faults.ts";
import { encodings, type Encoding } from "../settings.ts";

export type FoundEncoding = "utf-8" | "utf-16le" | "utf-16be" | Encoding;

/** Read as often as it takes. */
export type Bytes = () => AsyncIterable<Uint8Array>;

/** What all bytes of a file are, before any of them is decoded. */
export interface ByteSurvey {
  readonly bytes: number;
  readonly first: Uint8Array;
  readonly hasNul: boolean;
  readonly isUtf8: boolean;
  /** U+FFFD stands in it: somebody before us lost characters. */
  readonly hasReplacement: boolean;
}

/** @param chunkRead hears of the bytes so far; what it throws ends the survey */
export async function surveyBytes(bytes: Bytes, chunkRead: (total: number) => void): Promise<ByteSurvey> {
  let total = 0;
  let first: Uint8Array = new Uint8Array(0);
  let hasNul = false;
  let unicode = true;
  let hasReplacement = false;
  let cut: Uint8Array = new Uint8Array(0);
  for await (const chunk of bytes()) {
    total += chunk.length;
    chunkRead(total);
    if (first.length < firstBytes) first = Buffer.concat([first, chunk.subarray(0, firstBytes)]);
    hasNul ||= chunk.includes(0);
    if (!unicode) continue;
    const joined = cut.length === 0 ? chunk : Buffer.concat([cut, chunk]);
    const end = joined.length - cutLength(joined);
    const whole = Buffer.from(joined.buffer, joined.byteOffset, end);
    unicode = isUtf8(whole);
    hasReplacement ||= whole.includes(replacement);
    cut = joined.slice(end);
  }
  return {
    bytes: total,
    first: first.subarray(0, firstBytes),
    hasNul,
    isUtf8: unicode && cut.length === 0,
    hasReplacement,
  };
}

const replacement = Buffer.from("\ufffd");
const firstBytes = 512;

/** How many bytes at the end are the beginning of a character whose other bytes have not come yet. */
function cutLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

/** @throws binary_or_utf16, encoding_unknown */
export async function encodingOf(
  survey: ByteSurvey,
  set: Encoding | undefined,
  bytes: Bytes,
): Promise<FoundEncoding> {
  const { first, hasNul } = survey;
  const isUtf32 = first[0] === 0xff && first[1] === 0xfe && first[2] === 0 && first[3] === 0;
  if (first[0] === 0xff && first[1] === 0xfe && !isUtf32) return "utf-16le";
  if (first[0] === 0xfe && first[1] === 0xff) return "utf-16be";
  const looksLike = packed(first);
  if (hasNul) throw binaryOrUtf16({ looksLike });
  if (survey.isUtf8) return "utf-8";
  if (set !== undefined) return set;
  throw looksLike === undefined ? await unknown(bytes) : binaryOrUtf16({ looksLike });
}

function packed(first: Uint8Array): string | undefined {
  const start = Buffer.from(first.subarray(0, 8)).toString("latin1");
  return Object.entries(signatures).find(([signature]) => start.startsWith(signature))?.[1];
}

const signatures: Record<string, string> = {
  BZh: "bzip2",
  "\u0028\u00b5\u002f\u00fd": "zstd",
  "\u00fd7zXZ": "xz",
  "7z\u00bc\u00af\u0027\u001c": "7z",
  "Rar!": "a RAR archive",
  "%PDF": "a PDF",
};

/** A line is looked at as a whole, up to here. */
const lineBytesMax = 64 * 1024;

/** The first line that is no UTF-8, as each encoding that may be set would have it: a person
 *  sees which one is right. */
async function unknown(bytes: Bytes): Promise<FileFault> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of gathered(bytes())) {
    rest = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = lineEnd(rest, from); end !== -1; end = lineEnd(rest, from)) {
      if (!isUtf8(rest.subarray(from, end))) return unknownLine(line, rest.subarray(from, end));
      from = end + (rest[end] === 13 && rest[end + 1] === 10 ? 2 : 1);
      line += 1;
    }
    rest = rest.subarray(from);
    if (rest.length > lineBytesMax && !isUtf8(rest.subarray(0, rest.length - cutLength(rest)))) break;
  }
  return unknownLine(line, rest);
}

/** @returns where the line ends, or -1 where its end, or the second half of it, has not come yet */
function lineEnd(bytes: Buffer, from: number): number {
  let end = from;
  while (end < bytes.length && bytes[end] !== 10 && bytes[end] !== 13) end += 1;
  return end === bytes.length || (bytes[end] === 13 && end + 1 === bytes.length) ? -1 : end;
}

const shownCharacters = 100;

function unknownLine(line: number, bytes: Buffer): FileFault {
  const readings = encodings.map((name) => {
    const text = new TextDecoder(name).decode(bytes.subarray(0, 4 * shownCharacters));
    return { encoding: name, text: text.replace(/\r$/, "").slice(0, shownCharacters) };
  });
  const would = readings.map(({ encoding, text }) => `${encoding} "${text}"`).join(", ");
  return encodingUnknown({ line, readings, what: `Line ${line} is no UTF-8. It would be ${would}.` });
}

/** Fewer and larger pieces: a record that is cut is read again from its beginning. */
const pieceBytes = 64 * 1024;

/** The text, piece by piece, without byte order marks. @throws encoding_unknown */
export async function* decoded(bytes: Bytes, encoding: FoundEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let isFirst = true;
  for await (const piece of gathered(bytes())) {
    const text = decode(() => decoder.decode(piece, { stream: true }), encoding);
    yield isFirst ? text.replace(/^\ufeff+/, "") : text;
    isFirst &&= text === "";
  }
  decode(() => decoder.decode(), encoding);
}

async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < pieceBytes) continue;
    yield waiting.length === 1 ? chunk : Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

// oxlint-disable-next-line no-control-regex
const c1 = /[\u0080-\u009f]/;

function decode(read: () => string, encoding: FoundEncoding): string {
  let text: string;
  try {
    text = read();
  } catch (error) {
    throw encodingUnknown({ what: `The file is no ${encoding}.` }, error);
  }
  // The platform reads bytes that have no character in these code pages as controls of the same number.
  if (encoding.startsWith("windows-") && c1.test(text))
    throw encodingUnknown({ what: `The file holds bytes that ${encoding} has no character for.` });
  return text;
}

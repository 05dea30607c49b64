import { MIMEType } from "node:util";
import { work } from "../turn.ts";
import { nest } from "./brackets.ts";
import { charsetOf, readText, type Charset } from "./charset.ts";
import { charsetLabel } from "./content-type.ts";
import { keysMax } from "./json.ts";

/** What stands for a file: its bytes are in the payload. */
interface FilePart {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

type Part = string | FilePart;

/** Reads a multipart/form-data body with the platform's parser: texts as values, files as name, type and
 *  size in bytes, a repeated name as an array. A text is in the charset of its part, else of
 *  `_charset_`, else of the body.
 *  @returns JSON; undefined where it is malformed or has more than keysMax parts. Never rejects. */
export async function rewriteMultipart(body: Uint8Array, contentType: string): Promise<string | undefined> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined || !isWithinParts(body, boundary)) return undefined;
  let form: FormData;
  try {
    const bytes = await inUtf8(body, boundary, contentType);
    form = await new Response(bytes, {
      headers: { "content-type": contentType },
    }).formData();
  } catch {
    return undefined;
  }
  // Without a prototype, `__proto__` is a name as any other.
  const fields: Record<string, Part | Part[]> = Object.create(null);
  let parts = 0;
  for (const [name, value] of form) {
    if (++parts > keysMax) return undefined;
    const part = typeof value === "string" ? value : { name: value.name, type: value.type, size: value.size };
    const before = fields[name];
    if (before === undefined) fields[name] = part;
    else if (Array.isArray(before)) before.push(part);
    else fields[name] = [before, part];
  }
  const nested = nest(fields);
  return nested === undefined ? undefined : JSON.stringify(nested);
}

/** A part has one to three lines before its bytes. */
const linesMax = 3 * keysMax;

/** Counts parts and their lines before the platform's parser makes an object of each. */
function isWithinParts(body: Uint8Array, boundary: string): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  let parts = 0;
  let lines = 0;
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at)) {
    if (++parts > keysMax + 1) return false;
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end === -1) return true;
    for (; at < end; at = bytes.indexOf("\r\n", at + 2)) if (++lines > linesMax) return false;
  }
  return true;
}

function boundaryOf(contentType: string): string | undefined {
  try {
    return new MIMEType(contentType).params.get("boundary") || undefined;
  } catch {
    return undefined;
  }
}

interface PartBytes {
  /** Delimiter and header lines, with the empty one. */
  readonly head: Buffer;
  readonly content: Buffer;
}

/** The platform's parser takes all texts for UTF-8: those that are said to be something
 *  else are written anew. */
async function inUtf8(
  body: Uint8Array,
  boundary: string,
  contentType: string,
): Promise<Uint8Array<ArrayBuffer>> {
  // Over the body's own memory: typed as bytes that nobody shares.
  const bytes = Buffer.from(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
  const named = charsetLabel(contentType);
  if (named === undefined && !/charset/i.test(bytes.toString("latin1"))) return bytes;
  const { parts, rest } = partsOf(bytes, boundary);
  const own = parts
    .find(({ head }) => nameOfCharset.test(head.toString("latin1")))
    ?.content.toString("latin1");
  const label = own ?? named;
  const formCharset = label === undefined ? undefined : charsetOf(label);
  const written: Buffer[] = [];
  for (const { head, content } of parts) {
    const headers = head.toString("latin1");
    written.push(await decoded(head, formCharset));
    if (isFile.test(headers)) written.push(content);
    else {
      const partLabel = charsetLabel(contentTypeLine.exec(headers)?.[0] ?? "");
      const charset = partLabel === undefined ? formCharset : charsetOf(partLabel);
      written.push(await decoded(content, charset));
    }
  }
  return Buffer.concat([...written, rest]);
}

const nameOfCharset = /;[ \t]*name="?_charset_"?[ \t]*(?:;|\r\n)/i;
const isFile = /;[ \t]*filename\*?=/i;
const contentTypeLine = /^content-type:[^\r\n]*/im;

function partsOf(bytes: Buffer, boundary: string): { parts: PartBytes[]; rest: Buffer } {
  const parts: PartBytes[] = [];
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  let start = 0;
  for (;;) {
    const headEnd = bytes.indexOf("\r\n\r\n", start);
    // The line end before a delimiter belongs to it, also where a part has no bytes at all.
    const next = headEnd === -1 ? -1 : bytes.indexOf(delimiter, headEnd + 2);
    if (next === -1) return { parts, rest: bytes.subarray(start) };
    const contentStart = Math.min(headEnd + 4, next);
    parts.push({ head: bytes.subarray(start, contentStart), content: bytes.subarray(contentStart, next) });
    start = next;
  }
}

/** As they are where they are no text in it. */
async function decoded(bytes: Buffer, charset: Charset | undefined): Promise<Buffer> {
  if (charset === undefined || bytes.length === 0) return bytes;
  const bounds = { textBytesMax: Infinity, brokenBytesMax: 0 };
  const { text, from } = await work(bytes.length, readText(bytes, charset, bounds));
  return from === "charset" ? Buffer.from(text) : bytes;
}

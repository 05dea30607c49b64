import { work, type Work } from "../turn.ts";
import { charsetOf, readText, type Charset, type Text } from "./charset.ts";
import { readContentType, type ContentType } from "./content-type.ts";
import { rewriteForm } from "./form.ts";
import { rewriteJson } from "./json.ts";
import { rewriteMultipart } from "./multipart.ts";
import { rewriteNdjson } from "./ndjson.ts";
import { declaredEncoding, rewriteXml } from "./xml.ts";

/** A body as the columns of a row hold it. */
export interface Payload {
  /** The body as text. */
  readonly payload: string;
  /** The body, wherever it is not the UTF-8 of `payload`: the one that is there is always
   *  the body, byte for byte. */
  readonly payloadBytes?: Uint8Array;
  /** JSON text, written anew; absent where the body is neither JSON, XML nor a form. */
  readonly fields?: string;
}

/** Largest body whose fields are read, in bytes. */
export const fieldsBytesMax = 1024 * 1024;
/** Length of a payload that was cut, in bytes of UTF-8. */
export const cutBytes = 1024 * 1024;
/** Longest payload that is not cut, in bytes of UTF-8. */
export const payloadBytesMax = 8 * 1024 * 1024;
/** Longest payload and bytes together: a row of BigQuery holds 10 MB, and a cut payload
 *  beside the longest body fits.
 *  Source: https://cloud.google.com/bigquery/quotas#write-api-limits */
export const textAndBytesMax = payloadBytesMax + cutBytes;

/** Reads a body. Never throws, never rejects; a promise for multipart/form-data, and for large bodies,
 *  which are read in pieces.
 *  @param sent.contentEncoding set where the body could not be inflated: it has fields where it is
 *  plain text all the same */
export function readPayload(
  body: Uint8Array,
  sent: {
    contentType?: string | undefined;
    contentEncoding?: string | undefined;
  },
): Payload | Promise<Payload> {
  const type = readContentType(sent.contentType);
  const isEncoded = sent.contentEncoding !== undefined;
  const read = work(body.byteLength, readIn(body, type, isEncoded));
  if (type.kind === "multipart" && !isEncoded && body.byteLength <= fieldsBytesMax)
    return withMultipart(read, body, sent.contentType!);
  return read instanceof Promise ? read.then(({ shown }) => shown) : read.shown;
}

interface Read {
  readonly shown: Payload;
  /** JSON or XML, past its bounds as well, where it has no fields: it is nothing else. */
  readonly isData: boolean;
}

function* readIn(body: Uint8Array, { kind, charset }: ContentType, isEncoded: boolean): Work<Read> {
  const isSmall = body.byteLength <= fieldsBytesMax;
  const text = yield* readText(body, charset, {
    textBytesMax: Math.min(payloadBytesMax, textAndBytesMax - body.byteLength),
    // What is not text is cut anyway.
    brokenBytesMax: isSmall ? Infinity : cutBytes,
  });
  yield;
  const shown = show(text, body);
  if (!isSmall || (isEncoded && !isPlain(text))) return { shown, isData: false };

  const data = yield* rewriteData(text, body, charset);
  if (data !== undefined) return { shown: withFields(shown, data), isData: true };
  const isForm = kind === "form" || (kind === "absent" && !broken.test(text.text));
  if (!isForm) return { shown, isData: false };
  return { shown: withFields(shown, rewriteForm(text.text, charset, kind === "form")), isData: false };
}

/** What says by itself what it is, whatever Content-Type says: CRMs lie. */
function* rewriteData(
  text: Text,
  body: Uint8Array,
  charset: Charset | undefined,
): Work<string | null | undefined> {
  const json = yield* rewriteJson(text.text);
  if (json !== undefined) return json;
  const lines = yield* rewriteNdjson(text.text);
  if (lines !== undefined) return lines;
  return yield* rewriteXml(yield* xmlText(text, body, charset));
}

function* xmlText({ text, from }: Text, body: Uint8Array, charset: Charset | undefined): Work<string> {
  const encoding = from === "broken" && charset === undefined ? declaredEncoding(text) : undefined;
  const declared = encoding === undefined ? undefined : charsetOf(encoding);
  if (declared === undefined) return text;
  const bounds = { textBytesMax: payloadBytesMax, brokenBytesMax: cutBytes };
  return (yield* readText(body, declared, bounds)).text;
}

/** What begins like JSON or XML, and is none, is no form because of an `=` in it. */
const broken = /^\ufeff?[ \t\r\n]*[[{<]/;

async function withMultipart(
  read: Read | Promise<Read>,
  body: Uint8Array,
  contentType: string,
): Promise<Payload> {
  const { shown, isData } = await read;
  return isData ? shown : withFields(shown, await rewriteMultipart(body, contentType));
}

/** Not even an encoded body that passes for text by chance. */
function isPlain({ text, from }: Text): boolean {
  return from !== "broken" && !control.test(text);
}

// oxlint-disable-next-line no-control-regex
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

function withFields(shown: Payload, fields: string | null | undefined): Payload {
  return fields === undefined || fields === null ? shown : { ...shown, fields };
}

function show({ text, from }: Text, body: Uint8Array): Payload {
  if (from === "utf-8" && body.byteLength <= payloadBytesMax) return { payload: text };
  if (from === "charset") {
    const bytes = Buffer.byteLength(text);
    if (bytes <= payloadBytesMax && bytes + body.byteLength <= textAndBytesMax)
      return { payload: text, payloadBytes: body };
  }
  return { payload: cut(text), payloadBytes: body };
}

/** The longest start of the text that has at most cutBytes bytes as UTF-8, on the border of a character. */
function cut(text: string): string {
  if (text.length * 3 <= cutBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(cutBytes));
  return text.slice(0, read);
}

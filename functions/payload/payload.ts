import { readText, type Text } from "./charset.ts";
import { readContentType } from "./content-type.ts";
import { rewriteForm } from "./form.ts";
import { rewriteJson } from "./json.ts";
import { rewriteMultipart } from "./multipart.ts";

/** A body as the columns of a row hold it. */
export interface Payload {
  /** The body as text. */
  readonly payload: string;
  /** The body, wherever it is not the UTF-8 of `payload`: the one that is there is always the body, byte for byte. */
  readonly payloadBytes?: Uint8Array;
  /** JSON text, written anew; absent where the body is neither JSON nor a form. */
  readonly fields?: string;
}

/** Largest body whose fields are read, in bytes. */
export const fieldsBytesMax = 1024 * 1024;
/** Length of a payload that was cut, in bytes of UTF-8. */
export const cutBytes = 1024 * 1024;
/** Longest payload that is not cut, in bytes of UTF-8. */
export const payloadBytesMax = 8 * 1024 * 1024;
/** Longest payload and bytes together: a row of BigQuery holds 10 MB, and a cut payload beside the longest body fits.
 *  Source: https://cloud.google.com/bigquery/quotas#write-api-limits */
export const textAndBytesMax = payloadBytesMax + cutBytes;

/** Reads a body. Never throws, never rejects; a promise only for multipart/form-data.
 *  @param given.contentEncoding set where the body could not be inflated: then it has no fields */
export function readPayload(
  body: Uint8Array,
  given: {
    contentType?: string | undefined;
    contentEncoding?: string | undefined;
  },
): Payload | Promise<Payload> {
  const { kind, charset } = readContentType(given.contentType);
  const hasFields = given.contentEncoding === undefined && body.byteLength <= fieldsBytesMax;
  // What is not text is cut anyway. Two bytes become one in UTF-16, so twice the length gives all that is kept.
  const text = readText(body, charset, hasFields ? undefined : 2 * cutBytes);
  const shown = show(text, body);
  if (!hasFields) return shown;

  const json = rewriteJson(text.text);
  if (json !== undefined) return withFields(shown, json);
  if (kind === "multipart")
    return rewriteMultipart(body, given.contentType!).then((fields) => withFields(shown, fields));
  return kind === "other" ? shown : withFields(shown, rewriteForm(text.text, charset));
}

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

import type { Attributes } from "../../../functions/hit.ts";

/** google.pubsub.v1.PublishRequest, written by hand. So the size of every message is known exactly
 *  before it waits, and requests are filled up to Pub/Sub's limit. What waits is the hit itself,
 *  no second copy of its body.
 *  Source: https://github.com/googleapis/googleapis/blob/master/google/pubsub/v1/pubsub.proto */
export interface Message {
  readonly attributes: Attributes;
  readonly body: Uint8Array;
  /** As it stands in the request, with its frame. */
  readonly bytes: number;
  /** Without its frame. */
  readonly inner: number;
}

/** Tags of fields 1 and 2, which all have a length here: number << 3 | 2. */
const field1 = 0x0a;
const field2 = 0x12;

export function makeMessage(attributes: Attributes, body: Uint8Array): Message {
  let inner = body.length === 0 ? 0 : framed(body.length);
  // A message: data = 1, attributes = 2 (a map: key = 1, value = 2). A request: topic = 1, messages = 2.
  for (const key in attributes) inner += framed(entryBytes(key, attributes[key]!));
  return { attributes, body, inner, bytes: framed(inner) };
}

/** What the topic's name takes in every request. */
export function topicBytes(topic: string): number {
  return framed(Buffer.byteLength(topic));
}

/** @param bytes the sum of topicBytes and of all messages' bytes */
export function writeRequest(topic: string, messages: readonly Message[], bytes: number): Buffer {
  const out = Buffer.allocUnsafe(bytes);
  let at = writeText(out, 0, field1, topic);
  for (const { attributes, body, inner } of messages) {
    at = writeFrame(out, at, field2, inner);
    for (const key in attributes) {
      const value = attributes[key]!;
      at = writeFrame(out, at, field2, entryBytes(key, value));
      at = writeText(out, at, field1, key);
      at = writeText(out, at, field2, value);
    }
    if (body.length === 0) continue;
    at = writeFrame(out, at, field1, body.length);
    out.set(body, at);
    at += body.length;
  }
  if (at !== bytes) throw new Error(`A publish request has ${at} bytes where ${bytes} were counted.`);
  return out;
}

/** How many message ids a PublishResponse (field 1, repeated) holds; NaN where it is none. */
export function countIds(response: Uint8Array): number {
  let count = 0;
  let at = 0;
  while (at < response.length) {
    if (response[at++] !== field1) return Number.NaN;
    let length = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = response[at++] ?? 0;
      length += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80 && shift < 35);
    at += length;
    count++;
  }
  return at === response.length ? count : Number.NaN;
}

function entryBytes(key: string, value: string): number {
  return framed(Buffer.byteLength(key)) + framed(Buffer.byteLength(value));
}

/** A tag of one byte, the length and the bytes. */
function framed(length: number): number {
  return 1 + varintBytes(length) + length;
}

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

function writeFrame(out: Buffer, start: number, tag: number, length: number): number {
  let at = start;
  out[at++] = tag;
  let rest = length;
  while (rest >= 0x80) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function writeText(out: Buffer, start: number, tag: number, text: string): number {
  const length = Buffer.byteLength(text);
  const at = writeFrame(out, start, tag, length);
  out.write(text, at, length, "utf8");
  return at + length;
}

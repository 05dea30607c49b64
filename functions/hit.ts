import { createHash, randomUUID } from "node:crypto";
import { turn } from "./turn.ts";

/** One accepted request, as it travels from collect to deliver. The names are those of
 *  the queue's attributes. */
export interface Hit {
  /** UUID; see `mintHitId`. Names the hit for ever: answer, logs, row, dead letter, replay. */
  readonly hit_id: string;
  readonly stream_id: string;
  /** Unix time in milliseconds when the request was complete. */
  readonly received_at: number;
  /** The body byte for byte, after its Content-Encoding was undone. */
  readonly body: Uint8Array;
  /** `YYYY-MM-DD` at the stream's offset. Absent where the stream's document was
   *  invalid: made on delivery. */
  readonly date?: string;
  /** As sent, cut to 1024 bytes. */
  readonly content_type?: string;
  /** Present only where the body could not be inflated and is kept as sent. */
  readonly content_encoding?: string;
  /** The raw query string, where a body came too. */
  readonly query?: string;
  /** What the row keeps of the sender's headers (headers.ts), by lower-case name; absent where nothing. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly is_test?: boolean;
  /** When it came, nobody could check the proof of origin that its stream asks for: a secret or the document
   *  could not be read. So it becomes a dead letter, also where all reads well by now. A replay of it is a
   *  person's, who named it. */
  readonly kept_apart?: boolean;
  /** Of one that is kept apart, sealed: what the proof needs beside the body (senders/sealed.ts). */
  readonly proof?: string;
  /** Which attempt of a person's replays this is, from 1; absent for a hit straight from its sender. */
  readonly replay?: number;
  /** Its bytes are not those that were stored, as far as the queue can tell: a person looks at them first.
   *  Known where it is read alone, never stored. */
  readonly altered?: true;
  /** On its way from deliver to what makes backend events of it: its row is there. */
  readonly for_import?: true;
  /** No hit at all: how many requests of this stream were refused in the minute `received_at`
   *  (activity/refused.ts). It travels as a hit does, is counted by deliver, and is never a row
   *  and never a dead letter. */
  readonly refused?: true;
}

/** A hit's attributes in the queue: texts beside the body. */
export type Attributes = Record<string, string>;

/** Before the name of a header, so that none is taken for an attribute of the hit itself. */
const headerPrefix = "header:";
/** Before the number of a part of a sealed proof, which may be longer than one attribute. ASCII. */
const proofPrefix = "proof:";

/** Longest attribute value in bytes of UTF-8. Source: https://cloud.google.com/pubsub/quotas */
export const attributeBytesMax = 1024;

export function toAttributes(hit: Hit): Attributes {
  const attributes: Attributes = {
    stream_id: hit.stream_id,
    hit_id: hit.hit_id,
    // Without `received_at` it is no hit to a deliver of an earlier version either: it comes
    // again until a later one runs.
    [hit.refused === true ? "refused" : "received_at"]: String(hit.received_at),
  };
  if (hit.date !== undefined) attributes.date = hit.date;
  if (hit.content_type !== undefined) attributes.content_type = hit.content_type;
  if (hit.content_encoding !== undefined) attributes.content_encoding = hit.content_encoding;
  if (hit.query !== undefined) attributes.query = hit.query;
  for (const [name, value] of Object.entries(hit.headers ?? {})) attributes[headerPrefix + name] = value;
  if (hit.is_test === true) attributes.is_test = "true";
  if (hit.kept_apart === true) attributes.kept_apart = "true";
  if (hit.proof !== undefined)
    for (let at = 0; at * attributeBytesMax < hit.proof.length; at++)
      attributes[proofPrefix + at] = hit.proof.slice(at * attributeBytesMax, (at + 1) * attributeBytesMax);
  if (hit.replay !== undefined) attributes.replay = String(hit.replay);
  if (hit.for_import === true) attributes.for_import = "true";
  return attributes;
}

/** The hit of a message, or undefined where the attributes are not those of a hit:
 *  somebody else published it. */
export function fromAttributes(attributes: Readonly<Attributes>, body: Uint8Array): Hit | undefined {
  const { hit_id, stream_id, date, content_type, content_encoding, query } = attributes;
  const { is_test, kept_apart, replay, for_import, refused } = attributes;
  const received_at = refused ?? attributes.received_at;
  if (hit_id === undefined || stream_id === undefined || !isUuid(hit_id) || !isUuid(stream_id))
    return undefined;
  if (received_at === undefined || !/^\d{1,15}$/.test(received_at)) return undefined;
  if (date !== undefined && !/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  if (replay !== undefined && !/^[1-9]\d{0,8}$/.test(replay)) return undefined;
  const headers = headersIn(attributes);
  const proof = kept_apart === undefined ? "" : proofIn(attributes);
  return {
    hit_id,
    stream_id,
    received_at: Number(received_at),
    body,
    ...(date !== undefined && { date }),
    ...(content_type !== undefined && { content_type }),
    ...(content_encoding !== undefined && { content_encoding }),
    ...(query !== undefined && { query }),
    ...(headers !== undefined && { headers }),
    ...(is_test === "true" && { is_test: true }),
    // Whatever it says: what somebody else wrote there must not open a door.
    ...(kept_apart !== undefined && { kept_apart: true }),
    ...(proof !== "" && { proof }),
    ...(replay !== undefined && { replay: Number(replay) }),
    ...(for_import !== undefined && { for_import: true }),
    ...(refused !== undefined && { refused: true }),
  };
}

function headersIn(attributes: Readonly<Attributes>): Record<string, string> | undefined {
  let headers: Record<string, string> | undefined;
  for (const name in attributes)
    if (name.startsWith(headerPrefix)) (headers ??= {})[name.slice(headerPrefix.length)] = attributes[name]!;
  return headers;
}

function proofIn(attributes: Readonly<Attributes>): string {
  let proof = "";
  for (let at = 0; attributes[proofPrefix + at] !== undefined; at++) proof += attributes[proofPrefix + at]!;
  return proof;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lower-case UUIDs of any version, the form in which ids are stored. */
export function isUuid(text: string): boolean {
  return text.length === 36 && uuid.test(text);
}

/** A fresh UUID v4; where the sender named its delivery, the UUID v5 of stream, name and body. A retry is
 *  then the same hit without a look-up, and a changed body under an old name is a new one.
 *  @param delivery the bytes of `webhook-id` or `Idempotency-Key` */
export function mintHitId(
  streamId: string,
  body: Uint8Array,
  delivery?: Uint8Array,
): string | Promise<string> {
  if (delivery === undefined) return randomUUID();
  const name = (digest: string) => uuidV5(streamId, Buffer.concat([delivery, Buffer.from(`\n${digest}`)]));
  if (body.length <= hashedAtOnceBytes) return name(createHash("sha256").update(body).digest("hex"));
  return hashInPieces(body).then(name);
}

/** Without instructions for it, a processor takes 4 ms for so many. */
const hashedAtOnceBytes = 1024 * 1024;

async function hashInPieces(body: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < body.length; at += hashedAtOnceBytes) {
    await turn();
    hash.update(body.subarray(at, at + hashedAtOnceBytes));
  }
  return hash.digest("hex");
}

/** RFC 9562 section 5.5. */
function uuidV5(namespace: string, name: Uint8Array): string {
  const bytes = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

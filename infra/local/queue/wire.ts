import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { FileId } from "../thread/own-file.ts";
import { fromAttributes, toAttributes, type Hit } from "../../../functions/hit.ts";

/** What the queue and its worker thread say to each other. Hits cross in a few large buffers that move
 *  instead of being copied: many small objects cost more processor time than storing them. */

/** Texts and bodies one after the other: attributes, body, attributes, body … */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Two a hit: bytes of its attributes, bytes of its body. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** One a hit, by `sumOf`. Of rows: -1 where none is stored, by 0.1.0 or by hand. */
  readonly sums: Float64Array<ArrayBuffer>;
}

/** What the thread works on. */
export interface QueueFile {
  readonly file: string;
  /** Which file that was when it was opened first: a thread that is opened again must find the same. */
  own?: FileId | undefined;
  /** Its largest size; without it, the disk's. */
  readonly fileBytesMax: number | undefined;
  /** Hits are refused where the disk has less left than this. */
  readonly roomBytesMin: number;
}

/** Everything that goes into one transaction. */
export interface Group {
  /** Ids up to this one are used, even where their rows are gone. */
  readonly after: number;
  readonly puts: Packed | undefined;
  /** Whether somebody puts, or asks whether one could: not on a disk that is nearly full. */
  readonly asks: boolean;
  /** Messages that are finished with. */
  readonly acks: Float64Array<ArrayBuffer>;
  /** Three a nack: id, attempts so far, when it is due (Unix ms). */
  readonly nacks: Float64Array<ArrayBuffer>;
  /** Messages that leave `retries` or `asides`. */
  readonly leaving: Float64Array<ArrayBuffer>;
  readonly asides: readonly { id: number; stream_id: string }[];
  readonly rejects: readonly { id: number; why: string }[];
}

export interface Committed {
  /** The id of the first put; the others follow it. */
  readonly first: number;
  /** Rows between `after` and `first` that somebody else wrote. */
  readonly foreign: number;
  /** The packed bytes back, to be filled again. */
  readonly spare: ArrayBuffer | undefined;
}

export interface Rows extends Packed {
  readonly ids: Float64Array<ArrayBuffer>;
  readonly attempts: Float64Array<ArrayBuffer>;
}

export interface Bounds {
  hitsMax: number;
  /** At least one row comes, whatever its size. */
  bytesMax: number;
}

/** The calls of queue.worker.ts. */
export interface QueueApi {
  /** How the file stands; `lanes`: the streams that hits were put aside for. */
  state(nothing: undefined): {
    last: number;
    waiting: number;
    nextDueAt: number;
    lanes: string[];
  };
  commit(group: Group): Committed;
  /** Fresh messages by id; `next` is where to go on. */
  range(ask: { from: number; to: number } & Bounds): Rows & { next: number };
  /** Nacked messages that are due, or due later than the longest pause: under a clock that was set back
   *  since; but for those that are `held`. `nextDueAt` of those that are left. */
  due(ask: { now: number; pauseMsMax: number; held: Float64Array } & Bounds): Rows & { nextDueAt: number };
  /** Messages of one stream that were put aside, with ids above `after`. */
  lane(ask: { stream_id: string; after: number } & Bounds): Rows;
  /** Looks through the next rows after `after` for a hit; `next` is undefined at the end. */
  find(ask: { hit_id: string; after: number; rowsMax: number }): {
    id?: number;
    next?: number;
  };
  /** Writes the file's page; see folder/page.ts. */
  note(page: string): undefined;
  /** received_at of the message that has waited longest. */
  oldest(nothing: undefined): number | undefined;
}

/** A time that never comes. */
export const never = Number.MAX_SAFE_INTEGER;

const spareBytesMax = 1024 * 1024;

/** @param spare filled again where it is large enough */
export function pack(hits: readonly Hit[], spare: ArrayBuffer | undefined): Packed {
  const texts: string[] = [];
  let bytesMax = 0;
  for (const hit of hits) {
    const text = attributesText(hit);
    texts.push(text);
    bytesMax += text.length * 3 + hit.body.byteLength; // UTF-8 takes at most three bytes for a UTF-16 unit
  }
  const buffer =
    spare !== undefined && spare.byteLength >= bytesMax
      ? spare
      : new ArrayBuffer(Math.max(bytesMax, Math.min(bytesMax * 2, spareBytesMax)));
  const bytes = Buffer.from(buffer);
  const lengths = new Uint32Array(hits.length * 2);
  const sums = new Float64Array(hits.length);
  let at = 0;
  for (let i = 0; i < hits.length; i++) {
    const { body } = hits[i]!;
    const written = bytes.write(texts[i]!, at, "utf8");
    bytes.set(body, at + written);
    lengths[2 * i] = written;
    lengths[2 * i + 1] = body.byteLength;
    sums[i] = sumOf(bytes.subarray(at, at + written), body);
    at += written + body.byteLength;
  }
  return { bytes: new Uint8Array(buffer, 0, at), lengths, sums };
}

/** The length of the first part goes in: a byte must not pass from one to the other unseen. */
export function sumOf(attributes: Uint8Array, body: Uint8Array): number {
  return crc32(body, crc32(attributes, attributes.byteLength));
}

/** The hit of bytes that are not those that were stored: what can be read of its attributes. Where not even
 *  these can, it has made up names, always the same for the same bytes. */
export function alteredHit(attributes: Uint8Array, body: Uint8Array): Hit {
  const parsed = parseAttributes(attributes);
  const hit = parsed && fromAttributes(parsed, body);
  if (hit !== undefined) return { ...hit, altered: true };
  const text = Buffer.from(attributes).toString("latin1");
  const named = (name: string, pattern: string) => new RegExp(`"${name}":"(${pattern})"`).exec(text)?.[1];
  const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  return {
    hit_id: named("hit_id", uuid) ?? madeUpId(attributes, body),
    stream_id: named("stream_id", uuid) ?? noStream,
    received_at: Number(named("received_at", "\\d{1,15}") ?? Date.now()),
    body,
    altered: true,
  };
}
/** In the form of a UUID. */
function madeUpId(attributes: Uint8Array, body: Uint8Array): string {
  const hex = createHash("sha256")
    .update(attributes)
    .update(String(crc32(body)))
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
const noStream = "00000000-0000-4000-8000-000000000000";

/** The buffer of `packed`, if it is worth keeping. */
export function spareOf(packed: Packed | undefined): ArrayBuffer | undefined {
  return packed && packed.bytes.buffer.byteLength <= spareBytesMax ? packed.bytes.buffer : undefined;
}

/** As JSON, so that people can read the file: `sqlite3 queue.sqlite 'select attributes from messages'`. */
function attributesText(hit: Hit): string {
  return JSON.stringify(toAttributes(hit));
}

/** @returns what an attributes column holds, or undefined where it is no object of texts */
export function parseAttributes(bytes: Uint8Array): Record<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    );
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const entries = Object.entries(parsed);
    return entries.every(([, value]) => typeof value === "string")
      ? (parsed as Record<string, string>)
      : undefined;
  } catch {
    return undefined; // not JSON: the caller keeps the row aside and says so
  }
}

import { BoundedMap } from "../bounded.ts";
import type { Hit } from "../hit.ts";
import { mayLoseDigits } from "../payload/json.ts";
import { fieldsBytesMax, readPayload } from "../payload/payload.ts";
import { pieceBytesMax, turn } from "../turn.ts";
import { fieldWanted, wantedOf } from "./filter.ts";

/** Whether a hit that is followed holds what somebody looks for, in the whole of what was sent. */

/** Of a longer body, its beginning is looked through. */
export const soughtBytesMax = fieldsBytesMax;

/** What is looked through. */
export interface Sent extends Pick<
  Hit,
  "hit_id" | "body" | "content_type" | "content_encoding" | "query" | "headers"
> {
  /** There is more of the body: a field that was cut has a wrong value, so none is read. */
  readonly isCut: boolean;
}

export function sentOf(hit: Hit): Sent {
  const isCut = hit.body.byteLength > soughtBytesMax;
  // A copy: a part would keep the whole in memory.
  const body = isCut ? new Uint8Array(hit.body.subarray(0, soughtBytesMax)) : hit.body;
  return { ...hit, isCut, body };
}

interface Reading {
  /** In small letters. */
  readonly texts: readonly string[];
  /** The values of each name, in small letters, a NUL around each. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Those who look through a stream are at the same hit at the same time: it is read once for them all. */
const readings = new BoundedMap<Sent, Promise<Reading>>(8);

/** @param typed a text anywhere in what was sent, or `field=value`: a field of the payload on any level, a
 *  parameter of the query or a header that is just that */
export async function holds(sent: Sent, typed: string): Promise<boolean> {
  const wanted = wantedOf(typed);
  const known = readings.get(sent);
  const reading = known ?? readSent(sent);
  if (known === undefined) readings.set(sent, reading);
  const { texts, fields } = await reading;
  for (const text of texts) if (await includes(text, wanted)) return true;
  const field = fieldWanted(wanted);
  const values = field && fields.get(field.name);
  return values !== undefined && includes(values, `\0${field!.value}\0`);
}

async function readSent({ hit_id, body, query = "", headers = {}, isCut, ...sent }: Sent): Promise<Reading> {
  const { payload, fields: json } = await readPayload(body, {
    contentType: sent.content_type,
    contentEncoding: sent.content_encoding,
  });
  // The fields have the text that escapes stand for.
  const written = isCut || json === undefined ? "" : json;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const pause = async () => void (body.byteLength > pieceBytesMax && (await turn()));
  await pause();
  const texts = [hit_id, payload, written, query, ...lines].map((text) => text.toLowerCase());
  await pause();
  const payloadFields = written === "" ? undefined : parsed(written);
  await pause();
  const fields = new Map<string, string>();
  const add = (name: string, value: string) => {
    const key = name.toLowerCase();
    fields.set(key, `${fields.get(key) ?? "\0"}${value.toLowerCase()}\0`);
  };
  for (const [name, value] of Object.entries(headers)) add(name, value);
  for (const [name, value] of new URLSearchParams(query)) add(name, value);
  addPlain(undefined, payloadFields, add);
  return { texts, fields };
}

/** Long texts in pieces: some texts are slow to look for. */
async function includes(text: string, wanted: string): Promise<boolean> {
  for (let at = 0; at < text.length || at === 0; at += pieceBytesMax) {
    if (at > 0) await turn();
    if (text.slice(at, at + pieceBytesMax + wanted.length - 1).includes(wanted)) return true;
  }
  return false;
}

/** Numbers as they stand there: a double has 15 digits. */
function parsed(json: string): unknown {
  if (!mayLoseDigits.test(json)) return JSON.parse(json);
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
  return parse(json, (_key, value, { source }) => (typeof value === "number" && source) || value);
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Names with plain values. Reading the payload has bounded how many and how deep they are. */
function addPlain(
  name: string | undefined,
  value: unknown,
  add: (name: string, value: string) => void,
): void {
  if (Array.isArray(value)) for (const one of value) addPlain(name, one, add);
  else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value)) addPlain(key, inner, add);
  else if (name !== undefined) add(name, String(value));
}

/** Bodies that are kept to be looked through, of all streams: with those that are read, and what is read of
 *  them, at most about 50 MB. */
export const keptBytesMax = 8 * 1024 * 1024;
/** What a hit takes beside its body. */
const besideBytes = 4096;

export interface Kept {
  /** Absent: its place was needed for newer ones. */
  sent?: Sent | undefined;
}

/** Keeps what was sent of the newest hits, and lets go of the oldest. */
export function createKept() {
  const kept: { entry: Kept; bytes: number }[] = [];
  let total = 0;
  return {
    add(entry: Kept): void {
      if (entry.sent === undefined) return;
      // A small body may be a part of something larger, which stays as long.
      const bytes = entry.sent.body.buffer.byteLength + besideBytes;
      kept.push({ entry, bytes });
      total += bytes;
      while (total > keptBytesMax) {
        const oldest = kept.shift()!;
        oldest.entry.sent = undefined;
        total -= oldest.bytes;
      }
    },
  };
}

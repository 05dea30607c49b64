import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, type Gunzip, type InflateRaw } from "node:zlib";
import { archiveDamaged } from "../faults.ts";

/** Several members are one text, and zeros behind the last one are padding. @throws archive_damaged */
export function gunzipped(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return unpacked(packed, createGunzip(), "The gzip is damaged or cut short.");
}

/** What a stream of zlib makes of the bytes, whoever stops listening. */
export async function* unpacked(
  packed: AsyncIterable<Uint8Array>,
  inflate: Gunzip | InflateRaw,
  damage: string,
): AsyncGenerator<Uint8Array> {
  // What fails comes out of the iteration; here it is only heard.
  const done = pipeline(Readable.from(packed), inflate).catch((error: unknown) => error);
  try {
    for await (const chunk of inflate) yield chunk as Uint8Array;
  } catch (error) {
    if (!isZlib(error)) throw error;
    throw archiveDamaged({ what: damage }, error);
  } finally {
    inflate.destroy();
    await done;
  }
}

function isZlib(error: unknown): boolean {
  return String((error as { code?: unknown } | undefined)?.code).startsWith("Z_");
}

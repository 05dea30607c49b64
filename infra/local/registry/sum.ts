import { crc32 } from "node:zlib";

/** A stream's checksum: of its id and its document, so that a byte of either is missed. */
export function documentSum(id: string, document: string): number {
  return crc32(document, crc32(id, id.length));
}

/** What a column holds, as text. */
export function documentText(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
}

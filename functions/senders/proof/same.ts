import { timingSafeEqual } from "node:crypto";

/** In the same time whatever differs, but for the length. */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** What base64 says, where it is written in the one right way: another text for the same bytes would be a
 *  second signature. */
export function bytesOfBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length > 0 && bytes.toString("base64") === text ? bytes : undefined;
}

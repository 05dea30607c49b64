import type { Evidence } from "./evidence.ts";
import { oneAt } from "./place.ts";

/** Longer ones are ignored, as those of the usual headers are. */
const nameBytesMax = 255;

/** What the sender calls this delivery: its retry is then the same hit.
 *  @returns undefined where one of the places says nothing */
export async function deliveryNameAt(
  places: readonly string[],
  evidence: Evidence,
): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  for (const place of places) {
    const part = await oneAt(place, evidence);
    if (part === undefined) return undefined;
    if (parts.length > 0) parts.push(Buffer.from("."));
    parts.push(part);
  }
  const name = Buffer.concat(parts);
  return name.length >= 1 && name.length <= nameBytesMax ? name : undefined;
}

import { randomUUID } from "node:crypto";
import type { Documents } from "../documents.ts";
import { isUuid } from "../hit.ts";
import { reservationOver } from "../problems.ts";
import { isSigned, keyIn, newKey, sign, storedKey } from "../signature.ts";

/** The address of a stream that is about to be made: shown, copied and handed on before anything is saved.
 *  Nothing is kept of it; a signature tells it from an id that somebody chose. */

interface ReservePorts {
  documents: Documents;
  /** Unix ms. */
  now: () => number;
}

interface Reservation {
  readonly id: string;
  /** What makes the stream of this id: good for `reservedMs`, for this person alone. */
  readonly token: string;
}

export const reservedMs = 86_400_000;

/** @param person who it is for, by a name that stays the same. @throws registry_down */
export async function reserveId({ documents, now }: ReservePorts, person: string): Promise<Reservation> {
  const id = randomUUID();
  const until = now() + reservedMs;
  const signature = sign(await keyOf(documents), id, String(until), person);
  return { id, token: `${id}.${until}.${signature}` };
}

/** @returns the id that was reserved. @throws reservation_over, registry_down */
export async function reservedId(
  { documents, now }: ReservePorts,
  token: string,
  person: string,
): Promise<string> {
  const [id = "", until = "", signature = ""] = token.split(".");
  if (!isUuid(id) || !/^\d{1,15}$/.test(until) || Number(until) < now()) throw reservationOver();
  if (!isSigned(signature, await keyOf(documents), id, until, person)) throw reservationOver();
  return id;
}

const storedAs = { kind: "settings", id: "reservations" } as const;

/** One key for all instances, made by whoever needs it first: an address that one of them
 *  showed is saved by another. */
async function keyOf(documents: Documents): Promise<Buffer> {
  const stored = await documents.read(storedAs.kind, storedAs.id);
  const key = keyIn(stored);
  if (key !== undefined) return key;
  const made = newKey();
  try {
    const document = { key: storedKey(made) };
    await documents.commit([{ ...storedAs, document, ifVersion: stored?.version ?? null }]);
    return made;
  } catch (error) {
    // Somebody may have been faster.
    const other = keyIn(await documents.read(storedAs.kind, storedAs.id));
    if (other === undefined) throw error;
    return other;
  }
}

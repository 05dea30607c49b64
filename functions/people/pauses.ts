import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { isLoopbackAddress, ownerOf } from "../address.ts";
import type { Stored, Write } from "../documents.ts";
import { signInPaused } from "../problems.ts";
import type { PeoplePorts } from "./person.ts";

/** Who fails again and again waits longer and longer: by account, so that no password is guessed from
 *  many addresses, and by address, so that none is tried on many accounts. Nobody learns from it
 *  whether an account exists. */

export const freeFailures = 5;
const pauseMsMin = 30_000;
const pauseMsMax = 15 * 60_000;
/** Failures are forgotten after so long. */
const forgetMs = 24 * 60 * 60_000;

interface Failures {
  readonly failures: number;
  /** Unix ms. */
  readonly at: number;
}

export interface Tried {
  readonly account: Stored | undefined;
  readonly address: Stored | undefined;
  readonly places: Places;
}

interface Places {
  readonly account: string;
  readonly address: string;
}

type PausePorts = Pick<PeoplePorts, "documents" | "now">;

/** @throws sign_in_paused */
export async function demandNoPause(
  { documents, now }: PausePorts,
  account: string,
  address: string,
): Promise<Tried> {
  const places = { account: placeOf("account", account), address: placeOf("address", ownerAt(address)) };
  const [ofAccount, ofAddress] = await Promise.all([
    documents.read("pauses", places.account),
    // A proxy that does not say for whom it asks: one who fails would hold up everybody behind it.
    isLoopbackAddress(address) ? undefined : documents.read("pauses", places.address),
  ]);
  const until = Math.max(...[ofAccount, ofAddress].map((stored) => pausedUntil(failuresIn(stored, now()))));
  if (until > now()) throw signInPaused({ seconds: Math.ceil((until - now()) / 1_000) });
  return { account: ofAccount, address: ofAddress, places };
}

/** To be written with whatever else is said of the failure. */
export function oneMore({ now }: PausePorts, { account, address, places }: Tried): Write[] {
  return [
    { stored: account, id: places.account },
    { stored: address, id: places.address },
  ].map(({ stored, id }) => ({
    kind: "pauses" as const,
    id,
    document: { failures: failuresIn(stored, now()).failures + 1, at: now() },
  }));
}

/** To be written when somebody signs in. The address keeps its failures: others may be tried from there. */
export function forgiven({ places }: Tried): Write {
  return { kind: "pauses", id: places.account, document: null };
}

function failuresIn(stored: Stored | undefined, now: number): Failures {
  const { failures, at } = Object(stored?.document) as Partial<Failures>;
  const isCurrent = typeof failures === "number" && typeof at === "number" && now - at < forgetMs;
  // A clock that was put back holds nobody up for longer than the longest pause.
  return isCurrent ? { failures, at: Math.min(at, now) } : { failures: 0, at: 0 };
}

function pausedUntil({ failures, at }: Failures): number {
  return failures < freeFailures ? 0 : at + Math.min(pauseMsMax, pauseMsMin * 2 ** (failures - freeFailures));
}

/** One IPv6 subscriber has a whole network of addresses. */
function ownerAt(address: string): string {
  return isIP(address) === 0 ? address : ownerOf(address);
}

/** One of 65,536 of each kind, so that no flood of names fills the store. */
function placeOf(kind: keyof Places, text: string): string {
  return `${kind}-${createHash("sha256").update(text).digest("hex").slice(0, 4)}`;
}

import type { AnswerName } from "./answers.ts";
import type { Auth } from "./proof/auth.ts";
import type { Handshake } from "./handshake.ts";

/** Who calls, as far as collect has to know: how it proves itself, what it asks before it sends, which answer
 *  it waits for, where it names its delivery. Of streams that say nothing of these there is none. */
export interface Sender {
  /** All of them must hold; with none, the address is the only key. */
  readonly auth: readonly Auth[];
  readonly handshake: readonly Handshake[];
  readonly answer?: AnswerName;
  /** Places whose texts together name the delivery. */
  readonly delivery?: readonly string[];
}

/** What a stream's document may say of its sender in parts; a preset is a set of them. */
export interface SenderParts {
  readonly auth?: Auth | readonly Auth[];
  readonly handshake?: Handshake | readonly Handshake[];
  readonly answer?: AnswerName;
  readonly delivery?: string | readonly string[];
  readonly items?: string;
  readonly key?: string | readonly string[];
  readonly updated?: string;
}

/** @returns undefined where the parts say nothing that collect has to do */
export function senderOf(parts: SenderParts): Sender | undefined {
  const { answer, delivery } = parts;
  const auth = listOf(parts.auth);
  const handshake = listOf(parts.handshake);
  if (auth.length + handshake.length === 0 && answer === undefined && delivery === undefined)
    return undefined;
  return {
    auth,
    handshake,
    ...(answer !== undefined && { answer }),
    ...(delivery !== undefined && { delivery: listOf(delivery) }),
  };
}

function listOf<One>(given: One | readonly One[] | undefined): readonly One[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? (given as readonly One[]) : [given as One];
}

/** Under which names the secrets of this sender are kept: of its proofs, then of its greetings. */
export function slotsOf({ auth, handshake }: Pick<Sender, "auth" | "handshake">): string[] {
  const slots = [
    ...auth.flatMap((one) => (one.scheme === "account" ? [] : [one.secret ?? mainSlot])),
    ...handshake.flatMap((one) => [
      ...(one.token === undefined ? [] : [one.secret ?? verifySlot]),
      ...(Object.values(one.json ?? {}).some((place) => place.startsWith("hmac:")) ? [mainSlot] : []),
    ]),
  ];
  return [...new Set(slots)];
}

/** The secret of a proof that names none. */
export const mainSlot = "main";
/** The one that somebody types at the sender to be said back. */
export const verifySlot = "verify";

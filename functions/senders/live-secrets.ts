import { BoundedMap } from "../bounded.ts";
import type { Elapsed } from "../elapsed.ts";
import { elapsedMs } from "../elapsed.ts";
import { secretMissing, secretsDown } from "../problems.ts";
import type { Secrets } from "../secrets.ts";
import { streamRef } from "../stream-ref.ts";
import { within } from "../within.ts";

/** The secrets by which senders of a stream prove themselves: two at most are live at once, A and B, so that
 *  one takes the place of the other while requests come in. */
export interface LiveSecret {
  readonly letter: Letter;
  readonly value: string;
}

export const letters = ["a", "b"] as const;
export type Letter = (typeof letters)[number];

/** Names are no secrets, so the stream's reference is in it and not its id. */
export function secretName(streamId: string, slot: string, letter: Letter): string {
  return `${secretPrefix(streamId)}${slot}-${letter}`;
}
export const secretPrefix = (streamId: string): string => `proof-${streamRef(streamId)}-`;

export interface LiveSecrets {
  /** Never none. @throws secret_missing, secrets_down, secrets_sealed */
  of(streamId: string, slot: string): Promise<readonly LiveSecret[]>;
  /** They are read afresh next time: whoever has just put one need not wait a minute. */
  forget(streamId: string): void;
}

/** Those that were read are used for so long, also while the store is away: nobody gets in by one that was
 *  retired. The store itself may remember longer. */
const freshMs = 1_000;
/** Senders give up after 3 s and more: a store that hangs keeps their hits apart, and loses none. */
const readDeadlineMs = 2_000;
const entriesMax = 10_000;

interface Entry {
  readonly secrets: readonly LiveSecret[];
  readonly readAt: number;
}

/** @throws secrets_down */
function late(): never {
  throw secretsDown({ why: `the store did not answer in ${readDeadlineMs / 1_000} s` });
}

export function createLiveSecrets(secrets: Pick<Secrets, "read">, elapsed: Elapsed = elapsedMs): LiveSecrets {
  const found = new BoundedMap<string, Entry>(entriesMax);
  const reading = new Map<string, Promise<Entry>>();

  async function readNow(streamId: string, slot: string): Promise<Entry> {
    const read = await Promise.all(
      letters.map(async (letter) => ({
        letter,
        value: await secrets.read(secretName(streamId, slot, letter)),
      })),
    );
    const known = read.flatMap(({ letter, value }) => (value === undefined ? [] : [{ letter, value }]));
    return { secrets: known, readAt: elapsed() };
  }

  async function entryOf(streamId: string, slot: string): Promise<Entry> {
    const key = secretPrefix(streamId) + slot;
    const known = found.get(key);
    if (known !== undefined && elapsed() - known.readAt < freshMs) return known;
    let read = reading.get(key);
    if (read === undefined) {
      const begun = within(readDeadlineMs, readNow(streamId, slot), late).then((entry) => {
        // Somebody has put or retired one meanwhile: this answer is used, and not remembered.
        if (reading.get(key) === begun) found.set(key, entry);
        return entry;
      });
      read = begun;
      reading.set(key, read);
      const ended = () => {
        if (reading.get(key) === begun) reading.delete(key);
      };
      begun.then(ended, ended);
    }
    return read;
  }

  return {
    async of(streamId, slot) {
      const { secrets } = await entryOf(streamId, slot);
      if (secrets.length === 0) throw secretMissing({ slot });
      return secrets;
    },
    forget(streamId) {
      const prefix = secretPrefix(streamId);
      for (const entries of [found, reading])
        for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
    },
  };
}

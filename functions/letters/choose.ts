import { letterNotWaiting, letterUnknown } from "../problems.ts";
import { eventsOf, type LetterKey } from "./bodies.ts";
import { type Letter, selectLetters, selectStates } from "./states.ts";
import type { LetterPorts } from "./store.ts";

/** Which of the dead letters that wait: all, or those of which each of these holds. */
export interface LetterFilter {
  /** As answers and logs name a stream. */
  readonly stream_ref?: string;
  readonly reason?: string;
  /** The first and the last day (`date` of the letter), both among them. */
  readonly since?: string;
  readonly until?: string;
}

/** What is in something larger of a filter, without what is left out. */
export function filterOf({ stream_ref, reason, since, until }: LetterFilter): LetterFilter {
  return {
    ...(stream_ref !== undefined && { stream_ref }),
    ...(reason !== undefined && { reason }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** Bodies of one batch in memory, in bytes: four of the largest, or thousands of common ones. */
export const batchBytesMax = 32 * 1024 * 1024;
const batchLettersMax = 1_000;
/** The view reads all dead letters, however few are taken from it: many at once, then, of some 100 bytes
 *  each. It is about half of what one request has time for. */
const keysAtOnce = 20_000;
export type Where = {
  column: string;
  is: "=" | ">=" | "<=";
  value: string | number | boolean;
}[];

/** @param isLost tells of a letter that is `replaying` whether it is on its way no
 *  more; it then waits as well
 *  @throws letter_unknown, letter_not_waiting */
export async function waitingLetter(
  ports: LetterPorts,
  hitId: string,
  isLost?: (letter: Letter) => Promise<boolean>,
): Promise<Letter> {
  const read = async () => {
    const [letter] = await selectLetters(ports, is("hit_id", hitId), {
      limit: 1,
    });
    if (letter === undefined) throw letterUnknown();
    return letter;
  };
  let letter = await read();
  if (letter.state === "replaying" && (await isLost?.(letter))) {
    // A hit leaves the queue after its end is written: read again, since it may have arrived
    // between the two questions.
    letter = await read();
    if (letter.state === "replaying") return letter;
  }
  if (letter.state !== "waiting") throw letterNotWaiting({ state: letter.state });
  return letter;
}

export const is = (column: string, value: string): Where => [{ column, is: "=", value }];

/** The days are one range of the table's partitions. */
export function matching({ stream_ref, reason, since, until }: LetterFilter): Where {
  return [
    ...(stream_ref === undefined ? [] : is("stream_ref", stream_ref)),
    ...(reason === undefined ? [] : is("reason", reason)),
    ...(since === undefined ? [] : [{ column: "date", is: ">=", value: since } as const]),
    ...(until === undefined ? [] : [{ column: "date", is: "<=", value: until } as const]),
  ];
}

/** A letter from so far in the future failed under a clock that has been set back since. */
const aheadMs = 24 * 60 * 60_000;

/** Two selections, without a letter in both.
 *  @param failedUntil Unix ms: a letter that fails again while it is replayed stays out, or it
 *  would be replayed for ever */
export function waiting(filter: LetterFilter, failedUntil: number): Where[] {
  const both = [...is("state", "waiting"), ...matching(filter)];
  return [
    [...both, { column: "at", is: "<=", value: failedUntil }],
    [...both, { column: "at", is: ">=", value: failedUntil + aheadMs }],
  ];
}

// As the table lies: a batch is then a narrow range of few days, and reading its bodies reads little else.
const asStored = [{ column: "date" }, { column: "hit_id" }];

/** What matches and still waits, in batches that are small enough in number and bytes; one may be empty.
 *  Their taker has to write an event for each: they leave the selection by it; where none does, it ends. */
export async function* batches(ports: LetterPorts, wheres: readonly Where[]): AsyncGenerator<LetterKey[]> {
  for (const where of wheres) yield* batchesOf(ports, where);
}

async function* batchesOf(ports: LetterPorts, where: Where): AsyncGenerator<LetterKey[]> {
  let before = "";
  for (;;) {
    const keys = await selectKeys(ports, where);
    const first = keys[0]?.hit_id;
    if (first === undefined || first === before) return;
    before = first;
    for (const batch of inBatches(keys)) yield stillWaiting(ports, batch);
    if (keys.length < keysAtOnce) return;
  }
}

async function selectKeys(ports: LetterPorts, where: Where): Promise<LetterKey[]> {
  const rows = await selectStates(ports, {
    columns: ["hit_id", "date", "attempt", "at", "bytes"],
    where,
    orderBy: asStored,
    limit: keysAtOnce,
  });
  return rows.map((row) => ({
    hit_id: String(row["hit_id"]),
    date: String(row["date"]),
    attempt: Number(row["attempt"]),
    at: Number(row["at"]),
    bytes: Number(row["bytes"]),
  }));
}

function* inBatches(keys: readonly LetterKey[]): Generator<LetterKey[]> {
  let batch: LetterKey[] = [];
  let bytes = 0;
  for (const key of keys) {
    const isFull = batch.length === batchLettersMax || bytes + key.bytes > batchBytesMax;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(key);
    bytes += key.bytes;
  }
  if (batch.length > 0) yield batch;
}

/** Without those that somebody else replayed or discarded since they were chosen, minutes ago perhaps. */
async function stillWaiting(ports: LetterPorts, keys: readonly LetterKey[]): Promise<LetterKey[]> {
  const events = await eventsOf(ports, keys);
  return keys.filter(({ hit_id, attempt }) => {
    const happened = events.get(hit_id);
    return happened === undefined || (!happened.ended && happened.replayed <= attempt);
  });
}

/** Of what matches, those that everybody's replay takes, or those that only a replay of the very hit does. */
export const apart = (value: boolean, wheres: readonly Where[]): Where[] =>
  wheres.map((where) => [...where, { column: "kept_apart", is: "=", value }]);

/** The references of all streams with letters that match: skips from one to the next. */
export async function streamsOf(ports: LetterPorts, wheres: readonly Where[]): Promise<string[]> {
  const found = new Set<string>();
  for (const where of wheres) for (const ref of await streamsIn(ports, where)) found.add(ref);
  return [...found];
}

async function streamsIn(ports: LetterPorts, where: Where): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const last = found.at(-1);
    // "!" sorts before every letter of a reference, so this is just past the last one.
    const past: Where = last === undefined ? [] : [{ column: "stream_ref", is: ">=", value: `${last}!` }];
    const limit = 10_000;
    const rows = await selectStates(ports, {
      columns: ["stream_ref"],
      where: [...where, ...past],
      orderBy: [{ column: "stream_ref" }],
      limit,
    });
    found.push(...new Set(rows.map((row) => String(row["stream_ref"]))));
    if (rows.length < limit) return found;
  }
}

import { letterNotWaiting, letterUnknown } from "../problem.ts";
import { type Letter, selectLetters, selectStates } from "./letters.ts";
import type { AdminPorts } from "./ports.ts";

/** Which dead letters: one, or all waiting ones that match. */
export interface Chosen {
  hit_id?: string;
  stream_id?: string;
  reason?: string;
}

/** Bodies of one batch in memory, in bytes: four of the largest, or thousands of common ones. */
export const batchBytesMax = 32 * 1024 * 1024;
export const batchLettersMax = 1_000;
export type Where = {
  column: string;
  is: "=" | ">=" | "<=";
  value: string | number;
}[];

/** @param isLost tells of a letter that is `replaying` whether it is on its way no more; it then waits as well
 *  @throws letter_unknown, letter_not_waiting */
export async function waitingLetter(
  ports: AdminPorts,
  hitId: string,
  isLost?: (ports: AdminPorts, letter: Letter) => Promise<boolean>,
): Promise<Letter> {
  const read = async () => {
    const [letter] = await selectLetters(ports, is("hit_id", hitId), {
      limit: 1,
    });
    if (letter === undefined) throw letterUnknown();
    return letter;
  };
  let letter = await read();
  if (letter.state === "replaying" && (await isLost?.(ports, letter))) {
    // A hit leaves the queue after its end is written: read again, since it may have arrived between the two questions.
    letter = await read();
    if (letter.state === "replaying") return letter;
  }
  if (letter.state !== "waiting")
    throw letterNotWaiting({ state: letter.state });
  return letter;
}

export const is = (column: string, value: string): Where => [
  { column, is: "=", value },
];

/** Only what failed before the request: a letter that fails again meanwhile is not replayed for ever. */
export function waiting(
  { stream_id, reason }: Chosen,
  startedAt: number,
): Where {
  return [
    ...is("state", "waiting"),
    ...(stream_id === undefined ? [] : is("stream_id", stream_id)),
    ...(reason === undefined ? [] : is("reason", reason)),
    { column: "at", is: "<=", value: startedAt },
  ];
}

export const byAge = [{ column: "received_at" }, { column: "hit_id" }];

/** What matches, in batches that are small enough in number and bytes. Each batch has to leave the selection, by
 *  the event that its taker writes; where none does, it ends. */
export async function* batches(
  ports: AdminPorts,
  where: Where,
): AsyncGenerator<Letter[]> {
  let before = "";
  for (;;) {
    const letters = await selectLetters(ports, where, {
      orderBy: byAge,
      limit: batchLettersMax,
    });
    let bytes = 0;
    const count = letters.findIndex(
      (letter, index) => (bytes += letter.bytes) > batchBytesMax && index > 0,
    );
    const batch = count === -1 ? letters : letters.slice(0, count);
    const first = batch[0]?.hit_id;
    if (first === undefined || first === before) return;
    before = first;
    yield batch;
  }
}

/** All streams with letters that match: skips from one to the next. */
export async function streamsOf(
  ports: AdminPorts,
  where: Where,
): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const last = found.at(-1);
    // "!" sorts before every letter of a UUID, so this is just past the last one.
    const past: Where =
      last === undefined
        ? []
        : [{ column: "stream_id", is: ">=", value: `${last}!` }];
    const limit = 10_000;
    const rows = await selectStates(ports, {
      columns: ["stream_id"],
      where: [...where, ...past],
      orderBy: [{ column: "stream_id" }],
      limit,
    });
    found.push(...new Set(rows.map((row) => String(row["stream_id"]))));
    if (rows.length < limit) return found;
  }
}

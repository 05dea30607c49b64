import { utcDay } from "../streams/calendar.ts";
import { hitColumns, hitOfLetter } from "./letter.ts";
import type { Hit } from "../hit.ts";
import { isProblem } from "../problem.ts";
import { datasetMissing, answerTooLarge, tableMissing } from "../problems.ts";
import type { LetterPorts } from "./store.ts";
import type { Condition } from "../warehouse.ts";

/** What the tables keep of dead letters that were found through the view. A warehouse bills what it reads,
 *  and the view reads everything. So each query here names the days and the range of hit ids that it means:
 *  the tables are partitioned by day and clustered by hit id. */

/** One failure of a hit: enough to find it again, and to tell how much it holds. */
export interface LetterKey {
  hit_id: string;
  date: string;
  /** Of the failure. */
  attempt: number;
  /** Unix ms. */
  at: number;
  bytes: number;
}

/** The hits of these letters, in their order. At most `inValuesMax` of them (functions/warehouse.ts). */
export async function readHits(ports: LetterPorts, keys: readonly LetterKey[]): Promise<Hit[]> {
  const found = new Map<string, Hit>();
  let missing = keys;
  while (missing.length > 0) {
    for (const hit of await readSome(ports, missing)) found.set(hit.hit_id, hit);
    // Rows may repeat, and the repeats of one take the places of others.
    const left = missing.filter(({ hit_id }) => !found.has(hit_id));
    if (left.length === missing.length)
      throw new Error("The warehouse gave dead letters without their bodies.");
    missing = left;
  }
  return keys.map(({ hit_id }) => found.get(hit_id)!);
}

/** As many rows as there are letters; all attempts and repeats of a hit hold the same body. */
async function readSome(ports: LetterPorts, keys: readonly LetterKey[]): Promise<Hit[]> {
  const attempts = keys.map(({ attempt }) => attempt);
  const days = keys.map(({ date }) => date).sort();
  try {
    const rows = await ports.letters.select("letters", {
      columns: hitColumns,
      where: [
        ...these(keys),
        { column: "date", is: ">=", value: days[0]! },
        { column: "date", is: "<=", value: days.at(-1)! },
        // Without those that came before a replay: they would only be repeats.
        { column: "attempt", is: ">=", value: Math.min(...attempts) },
      ],
      limit: keys.length,
    });
    return rows.map(hitOfLetter);
  } catch (error) {
    // Repeats of large ones may be more than one answer holds.
    if (!isProblem(error, answerTooLarge) || keys.length === 1) throw error;
    const half = keys.length >> 1;
    return [...(await readSome(ports, keys.slice(0, half))), ...(await readSome(ports, keys.slice(half)))];
  }
}

/** What people and deliver noted about a letter since it failed. */
export interface Happened {
  /** The highest number of a replay, 0 where there was none. */
  replayed: number;
  /** Whether it was delivered or discarded. */
  ended: boolean;
}

const eventsAtOnce = 20_000;

/** By hit_id; those without an event are not in it. */
export async function eventsOf(
  { letters }: LetterPorts,
  keys: readonly LetterKey[],
): Promise<Map<string, Happened>> {
  const happened = new Map<string, Happened>();
  if (keys.length === 0) return happened;
  // Since the oldest of these failures; a day more, since clocks differ.
  const since = utcDay(Math.min(...keys.map(({ at }) => at)) - 86_400_000);
  for (let offset = 0; ; offset += eventsAtOnce) {
    const rows = await letters
      .select("events", {
        columns: ["hit_id", "event", "attempt"],
        where: [...these(keys), { column: "date", is: ">=", value: since }],
        orderBy: [{ column: "at" }, { column: "hit_id" }],
        limit: eventsAtOnce,
        offset,
      })
      .catch((error: unknown) => {
        if (isProblem(error, tableMissing, datasetMissing)) return [];
        throw error;
      });
    for (const row of rows) {
      const hitId = String(row["hit_id"]);
      const before = happened.get(hitId) ?? { replayed: 0, ended: false };
      const isReplay = row["event"] === "replayed";
      happened.set(hitId, {
        replayed: isReplay ? Math.max(before.replayed, Number(row["attempt"])) : before.replayed,
        ended: before.ended || !isReplay,
      });
    }
    if (rows.length < eventsAtOnce) return happened;
  }
}

/** The range says nothing that the list does not; a warehouse prunes by it for certain. */
function these(keys: readonly LetterKey[]): Condition[] {
  const ids = keys.map(({ hit_id }) => hit_id).sort();
  return [
    { column: "hit_id", is: "in", value: ids },
    { column: "hit_id", is: ">=", value: ids[0]! },
    { column: "hit_id", is: "<=", value: ids.at(-1)! },
  ];
}

import { type LetterFilter, matching } from "./choose.ts";
import type { Who } from "../people/who.ts";
import type { Value } from "../warehouse.ts";
import type { Reason } from "./letter.ts";
import { detailWithoutPayload, selectStates } from "./states.ts";
import type { LetterPorts } from "./store.ts";

/** What waits for somebody, of one stream. */
export interface Waiting {
  readonly count: number;
  /** Of the one that failed last. */
  readonly reason: Reason;
  readonly detail: string;
}

/** Past so many they are counted no further: somebody has to look at them anyway. */
export const waitingMax = 10_000;

/** The waiting dead letters by stream_ref, those that failed last counted first.
 *  @throws warehouse_down, table_forbidden */
export async function waitingByStream(
  ports: LetterPorts,
  who: Pick<Who, "seesPayloads">,
): Promise<ReadonlyMap<string, Waiting>> {
  const rows = await selectStates(ports, {
    columns: ["stream_ref", "reason", "detail", "at"],
    where: [{ column: "state", is: "=", value: "waiting" }],
    orderBy: [{ column: "at", descending: true }],
    limit: waitingMax,
  });
  const found = new Map<string, Waiting>();
  for (const row of rows) {
    const ref = String(row["stream_ref"]);
    const known = found.get(ref);
    found.set(
      ref,
      known === undefined ? { count: 1, ...whyOf(row, who) } : { ...known, count: known.count + 1 },
    );
  }
  return found;
}

/** How many wait, of all streams. */
export interface WaitingCount {
  readonly waiting: number;
  /** That there are more of them. */
  readonly at_least?: boolean;
}

/** @throws warehouse_down, table_forbidden */
export async function countWaiting(ports: LetterPorts): Promise<WaitingCount> {
  const { length } = await selectStates(ports, {
    columns: ["hit_id"],
    where: [{ column: "state", is: "=", value: "waiting" }],
    limit: waitingMax + 1,
  });
  return length > waitingMax ? { waiting: waitingMax, at_least: true } : { waiting: length };
}

/** What waits of one stream for one reason. */
export interface WaitingGroup extends Waiting {
  /** Unix ms: when the first and the last of them failed. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Of the one that failed last. */
  readonly hitId: string;
  /** Those that nobody lets through but by name. */
  readonly keptApart: number;
}

/** By reason, what failed last first. @throws warehouse_down, table_forbidden */
export async function waitingByReason(
  ports: LetterPorts,
  filter: Omit<LetterFilter, "reason">,
  who: Pick<Who, "seesPayloads">,
): Promise<WaitingGroup[]> {
  const rows = await selectStates(ports, {
    columns: ["hit_id", "reason", "detail", "at", "kept_apart"],
    where: [{ column: "state", is: "=", value: "waiting" }, ...matching(filter)],
    orderBy: [{ column: "at", descending: true }],
    limit: waitingMax,
  });
  const found = new Map<string, WaitingGroup>();
  for (const row of rows) {
    const at = Number(row["at"]);
    const known = found.get(String(row["reason"])) ?? {
      count: 0,
      ...whyOf(row, who),
      firstAt: at,
      lastAt: at,
      hitId: String(row["hit_id"]),
      keptApart: 0,
    };
    found.set(known.reason, {
      ...known,
      count: known.count + 1,
      firstAt: Math.min(known.firstAt, at),
      keptApart: known.keptApart + Number(row["kept_apart"] === true),
    });
  }
  return [...found.values()];
}

function whyOf(
  row: Readonly<Record<string, Value>>,
  { seesPayloads }: Pick<Who, "seesPayloads">,
): Pick<Waiting, "reason" | "detail"> {
  const why = { reason: String(row["reason"]) as Reason, detail: String(row["detail"]) };
  return seesPayloads ? why : { ...why, detail: detailWithoutPayload(why) };
}

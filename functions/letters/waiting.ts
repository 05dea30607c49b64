import type { Reason } from "./letter.ts";
import { selectStates } from "./states.ts";
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
export async function waitingByStream(ports: LetterPorts): Promise<ReadonlyMap<string, Waiting>> {
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
      known === undefined
        ? { count: 1, reason: String(row["reason"]) as Reason, detail: String(row["detail"]) }
        : { ...known, count: known.count + 1 },
    );
  }
  return found;
}

/** Group commit: what waits while a commit is in flight goes together with the next. */
import { createFlights } from "../../../../functions/flights.ts";
import { warehouseDown } from "../../../../functions/problems.ts";
import type { TableRef } from "../../../../functions/table.ts";
import { createTogether } from "../../../../functions/together.ts";
import type { Column } from "../../../../functions/warehouse.ts";
import type { PackedRows } from "./packed.ts";

export interface AppendCall {
  readonly table: TableRef;
  readonly columns: readonly Column[];
  readonly rows: PackedRows;
}

/** A group ends before it passes these; a larger call goes alone. */
export const groupRowsMax = 20_000;
export const groupBytesMax = 8 * 1024 * 1024;
/** Calls of a group: each new table costs memory until the commit, and a transaction where the group fails
 *  and each is tried alone. */
export const groupCallsMax = 128;
/** The rest after a group: at least so long, and twice the time that the group took. An append costs as much
 *  CPU for one row as for hundreds, and many tables cost many appends: under load the groups grow instead. A
 *  row that comes after a quiet time does not wait. */
const restMsMin = 50;
const restShare = 2;
/** No row waits longer than this for others. */
const restMsMax = 1_000;
/** A group of so many bytes costs what its bytes cost: there is nothing to gain from
 *  making the next one larger. */
export const restBytesMax = 1024 * 1024;

/** `add` rejects past its deadline only where the call still waits: then it is taken out and never
 *  written. What is on its way has an outcome, and that is waited for: whoever gave up on it would
 *  send the same rows again.
 *  @param send writes a group: an error per call, or undefined where it is durable. A
 *  rejection is every call's.
 *  @param rest waits after a group that took so many ms */
export function groupAppends(
  send: (calls: readonly AppendCall[]) => Promise<readonly (Error | undefined)[]>,
  rest: (tookMs: number) => Promise<void> = restAfter,
) {
  const line = createTogether<AppendCall>({
    countMax: groupRowsMax,
    bytesMax: groupBytesMax,
    countOf: ({ rows }) => rows.count,
    joins: (_, group) => group.length < groupCallsMax,
    late: (deadlineMs) => warehouseDown({ why: `its turn did not come within ${deadlineMs} ms` }),
    waitsForOutcome: true,
  });
  const flights = createFlights({ atOnce: 1, isReady: () => line.waiting() > 0, fly });

  function add(call: AppendCall, deadlineMs: number): Promise<void> {
    const added = line.add(call, call.rows.bytes, deadlineMs);
    flights.schedule();
    return added;
  }

  async function fly(): Promise<void> {
    const began = performance.now();
    const group = line.take();
    try {
      const failures = await send(group.map(({ item }) => item));
      for (const [index, place] of group.entries()) {
        const failure = failures[index];
        if (failure === undefined) place.done();
        else place.fail(failure);
      }
    } catch (error) {
      for (const place of group) place.fail(error);
    }
    const bytes = group.reduce((sum, place) => sum + place.bytes, 0);
    if (bytes < restBytesMax) await rest(performance.now() - began);
  }

  /** Refuses what waits, and never writes it. */
  return { add, drop: line.refuse };
}

function restAfter(tookMs: number): Promise<void> {
  const ms = Math.min(Math.max(restMsMin, restShare * tookMs), restMsMax);
  return new Promise((resolve) => setTimeout(resolve, ms));
}

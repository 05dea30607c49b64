/** Group commit: what waits while a commit is in flight goes together with the next. */
import { warehouseDown } from "../../../functions/problems.ts";
import type { TableRef } from "../../../functions/table.ts";
import type { Column } from "../../../functions/warehouse.ts";
import type { PackedRows } from "./packed.ts";

export interface AppendCall {
  readonly table: TableRef;
  readonly columns: readonly Column[];
  readonly rows: PackedRows;
}

/** A group ends before it passes these; a larger call goes alone. */
export const groupRowsMax = 20_000;
export const groupBytesMax = 32 * 1024 * 1024;
/** Calls of a group: each new table costs memory until the commit, and a transaction where the group fails and each is
 *  tried alone. */
export const groupCallsMax = 128;
/** The rest after a group: at least so long, and twice the time that the group took. An append costs as much CPU for one
 *  row as for hundreds, and many tables cost many appends: under load the groups grow instead. A row that comes after a
 *  quiet time does not wait. */
const restMsMin = 50;
const restShare = 2;
/** No row waits longer than this for others. */
const restMsMax = 1_000;
/** A group of so many bytes costs what its bytes cost: there is nothing to gain from making the next one larger. */
export const restBytesMax = 1024 * 1024;

interface Waiting {
  readonly call: AppendCall;
  readonly bytes: number;
  begin(): void;
  settle(failure: Error | undefined): void;
}

/** `add` rejects past its deadline only where the call still waits: then it is taken out and never written. What is on its
 *  way has an outcome, and that is waited for: whoever gave up on it would send the same rows again.
 *  @param send writes a group: an error per call, or undefined where it is durable. A rejection is every call's.
 *  @param rest waits after a group that took so many ms */
export function groupAppends(
  send: (calls: readonly AppendCall[]) => Promise<readonly (Error | undefined)[]>,
  rest: (tookMs: number) => Promise<void> = restAfter,
) {
  const waiting: Waiting[] = [];
  let flying = false;

  function add(call: AppendCall, deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const one: Waiting = {
        call,
        bytes: call.rows.bytes,
        begin: () => clearTimeout(timer),
        settle: (failure) => {
          if (failure === undefined) resolve();
          else reject(failure);
        },
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(warehouseDown({ why: `its turn did not come within ${deadlineMs} ms` }));
      }, deadlineMs);
      waiting.push(one);
      // What is asked for in the same turn goes together from the first.
      if (!flying) {
        flying = true;
        queueMicrotask(fly);
      }
    });
  }

  async function fly(): Promise<void> {
    while (waiting.length > 0) {
      const began = performance.now();
      const group = next();
      try {
        const failures = await send(group.map(({ call }) => call));
        for (const [index, one] of group.entries()) one.settle(failures[index]);
      } catch (error) {
        for (const one of group) one.settle(error as Error);
      }
      const bytes = group.reduce((sum, one) => sum + one.bytes, 0);
      if (bytes < restBytesMax) await rest(performance.now() - began);
    }
    flying = false;
  }

  function next(): Waiting[] {
    let count = 0;
    let rows = 0;
    let bytes = 0;
    for (const { call, bytes: more } of waiting) {
      rows += call.rows.count;
      bytes += more;
      if (count > 0 && (rows > groupRowsMax || bytes > groupBytesMax || count === groupCallsMax)) break;
      count += 1;
    }
    const group = waiting.splice(0, count);
    for (const one of group) one.begin();
    return group;
  }

  /** Refuses what waits, and never writes it. */
  function drop(failure: Error): void {
    for (const one of waiting.splice(0)) {
      one.begin();
      one.settle(failure);
    }
  }

  return { add, drop };
}

function restAfter(tookMs: number): Promise<void> {
  const ms = Math.min(Math.max(restMsMin, restShare * tookMs), restMsMax);
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { findHit } from "../../functions/hits/find.ts";
import type { Sent } from "../../functions/hits/send-test.ts";
import { letterWithoutPayload } from "../../functions/letters/states.ts";
import { isUuid } from "../../functions/hit.ts";
import type { Whereabouts } from "../islands/test-send.tsx";
import type { Visit } from "../visit.ts";
import { rowText } from "./row-text.ts";

/** The test that the address of a page names. */
export function sentOf({ query }: Visit): Sent | undefined {
  const [method, at, tookMs] = ["sent", "at", "took"].map((name) => query.get(name));
  if (method === null || !/^[A-Z]{3,7}$/.test(method!) || !/^\d{13}$/.test(at ?? "")) return undefined;
  const hitId = query.get("hit") ?? "";
  if (!isUuid(hitId)) return undefined;
  return { method: method!, at: Number(at), tookMs: Number(tookMs) || 0, hitId, status: 200 };
}

/** Each look costs: the stream's own table, and no day before the earliest that it is anywhere just now. */
export async function whereabouts(
  { ports, person, now }: Visit,
  streamId: string,
  hitId: string,
): Promise<Whereabouts> {
  const since = new Date(now - 86_400_000).toISOString().slice(0, 10);
  const { state, queue, rows, letter } = await findHit(ports, hitId, { since, streamId });
  const [first] = rows;
  return {
    state,
    queue,
    at: ports.now(),
    ...(first !== undefined && { table: first.table }),
    ...(first !== undefined && person.seesPayloads && { row: rowText(first.row).text }),
    ...(letter !== undefined && {
      letter: (person.seesPayloads ? letter : letterWithoutPayload(letter)).detail,
    }),
  };
}

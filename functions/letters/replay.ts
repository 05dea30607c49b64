import { recording } from "../people/audit.ts";
import { demandRole, signatureOf, type Who } from "../people/who.ts";
import type { Hit } from "../hit.ts";
import type { Backlog } from "../queue.ts";
import { registryDeadlineMs } from "../registry.ts";
import { causePersists, letterKeptApart, proofUnreadable } from "../problems.ts";
import { is, waitingLetter } from "./choose.ts";
import { proven, type ProvePorts } from "./proven.ts";
import { eventsOf, readHits } from "./bodies.ts";
import { causeOf, type DiscardPorts, note as noteEvent, sendAgain, type SendPorts } from "./send.ts";
import type { Letter } from "./states.ts";

/** One dead letter, by its hit_id. Many are a job (job.ts). */

export interface ReplayPorts extends SendPorts, ProvePorts {
  backlog: Pick<Backlog, "find">;
}

/** One that was kept apart goes through where its proof holds by now, as of when it came.
 *  @param chosen.let_through it goes through without a proof: whoever says so has seen why it was kept apart
 *  @param said who asks, where nobody signs in
 *  @throws letter_unknown, letter_not_waiting, letter_kept_apart, cause_persists, role_missing,
 *  queue_down, registry_down */
export async function replay(
  ports: ReplayPorts,
  { hit_id, let_through = false }: { hit_id: string; let_through?: boolean },
  who: Who,
  said?: string,
): Promise<{ replayed: number }> {
  const by = signatureOf(who, said);
  // Nobody knows whose it is: an admin answers for it.
  if (let_through) demandRole(who, "admin");
  const letter = await waitingLetter(ports, hit_id, (one) => isLost(ports, one));
  const [hit] = (await readHits(ports, [letter])) as [Hit];
  const { stream_id } = hit;
  const registered = await ports.registry.read(stream_id, { deadlineMs: registryDeadlineMs });
  const isApart = letter.kept_apart === true && !let_through;
  const proof = isApart ? await proven(ports, hit, registered) : { hit };
  if (proof.hit === undefined)
    throw letterKeptApart({ why: `${proofUnreadable().message} Now: ${proof.why}` });
  const why = await causeOf(ports, stream_id, registered);
  if (why !== undefined) throw causePersists({ why });
  // One that was lost has a number that no failure shows.
  const replayed = (await eventsOf(ports, [letter])).get(hit_id)?.replayed ?? 0;
  const attempt = Math.max(letter.attempt, replayed) + 1;
  const told = { what: "replayed", about: `hit ${hit_id}`, after: { replayed: 1, by } } as const;
  await recording(ports, who, told, async () => {
    const { failure } = await sendAgain(ports, [proof.hit], new Map([[hit_id, attempt]]), { by });
    if (failure !== undefined) throw failure.error;
  });
  return { replayed: 1 };
}

/** Where the queue cannot be searched, a replay counts as lost after so long without a row or a new
 *  failure. Should it still be on its way, the row repeats, as rows may. One from so far in the future was
 *  noted by a clock that was wrong. */
const lostAfterMs = 60 * 60_000;

/** Whether a letter that is `replaying` is on its way no more: its queue was lost, or put
 *  back to an earlier day. */
async function isLost(ports: ReplayPorts, { hit_id }: Letter): Promise<boolean> {
  const found = await ports.backlog.find(hit_id);
  if (found !== "unknown") return found === "absent";
  const [last] = await ports.letters.select("events", {
    columns: ["at"],
    where: [...is("hit_id", hit_id), ...is("event", "replayed")],
    orderBy: [{ column: "at", descending: true }],
    limit: 1,
  });
  return last !== undefined && Math.abs(ports.now() - Number(last["at"])) > lostAfterMs;
}

/** Notes that nobody wants this letter delivered. @throws letter_unknown, letter_not_waiting */
export async function discard(
  ports: DiscardPorts,
  { hit_id, note }: { hit_id: string; note: string },
  who: Who,
  said?: string,
): Promise<{ discarded: number }> {
  const by = signatureOf(who, said);
  const letter = await waitingLetter(ports, hit_id);
  const told = { what: "discarded", about: `hit ${hit_id}`, after: { discarded: 1, note, by } } as const;
  await recording(ports, who, told, () => noteEvent(ports, "discarded", [letter], { by, note }));
  return { discarded: 1 };
}

import { streamRef } from "../stream-ref.ts";
import { inParallel } from "../within.ts";
import { readHits } from "./bodies.ts";
import { apart, batches, type LetterFilter, streamsOf, waiting, type Where } from "./choose.ts";
import { causeOf, type DiscardPorts, note as noteEvent, sendAgain, type SendPorts } from "./send.ts";
import { selectStates } from "./states.ts";
import type { LetterPorts } from "./store.ts";

/** All that wait and match, a part at a time. Each part that was told is done for good, and whoever takes no
 *  more of them leaves the rest as it was: what was sent or given up is in no later selection. */

export interface Part {
  /** So many letters more. */
  readonly done?: number;
  readonly refused?: { stream_ref?: string; why: string };
  /** Where to go on: the streams up to this one are dealt with, those too whose letters stay. */
  readonly after?: string;
}

interface Many {
  readonly filter: LetterFilter;
  /** Unix ms: those that failed later stay out, or one that fails again would be replayed for ever. */
  readonly failedUntil: number;
  readonly by: string | undefined;
  readonly job: string;
}

const streamsAtOnce = 64;
const causesAtOnce = 16;

/** @param options.after as a part said it */
export async function* replayMany(
  ports: SendPorts,
  { after = "", ...many }: Many & { after?: string },
): AsyncGenerator<Part> {
  const matching = waiting(many.filter, many.failedUntil);
  const refs = (await streamsOf(ports, apart(false, matching))).sort().filter((ref) => ref > after);
  const registered = new Map(
    refs.length === 0 ? [] : (await ports.registry.list()).map((one) => [streamRef(one.id), one]),
  );
  for (let first = 0; first < refs.length; first += streamsAtOnce) {
    const some = refs.slice(first, first + streamsAtOnce);
    const causes = await inParallel(some, causesAtOnce, (ref) =>
      causeOf(ports, registered.get(ref)?.id ?? "", registered.get(ref)),
    );
    for (const [index, ref] of some.entries()) {
      const why = causes[index];
      if (why === undefined) yield* replayStream(ports, ref, many);
      yield { after: ref, ...(why !== undefined && { refused: { stream_ref: ref, why } }) };
    }
  }
  if ((await countMatching(ports, apart(true, matching), 1)) > 0) yield { refused: { why: staysApart } };
}

/** A replay of many lets none through that was kept apart, and says so. */
const staysApart =
  "Hits that are kept apart stay, since nobody knows who sent them: look at each, and replay it by its hit_id.";

async function* replayStream(
  ports: SendPorts,
  ref: string,
  { filter, failedUntil, by, job }: Many,
): AsyncGenerator<Part> {
  const where = apart(false, waiting({ ...filter, stream_ref: ref }, failedUntil));
  for await (const batch of batches(ports, where)) {
    const attempts = new Map(batch.map(({ hit_id, attempt }) => [hit_id, attempt + 1]));
    const { sent, failure } = await sendAgain(ports, await readHits(ports, batch), attempts, { by, job });
    yield { done: sent };
    if (failure !== undefined) throw failure.error;
  }
}

export async function* discardMany(
  ports: DiscardPorts,
  { filter, failedUntil, by, job, note }: Many & { note: string },
): AsyncGenerator<Part> {
  for await (const batch of batches(ports, waiting(filter, failedUntil))) {
    await noteEvent(ports, "discarded", batch, { by, job, note });
    yield { done: batch.length };
  }
}

/** How many match, at most `limit`. */
export async function countMatching(
  ports: LetterPorts,
  wheres: readonly Where[],
  limit: number,
): Promise<number> {
  const found = await Promise.all(
    wheres.map((where) => selectStates(ports, { columns: ["hit_id"], where, limit })),
  );
  return Math.min(limit, found.flat().length);
}

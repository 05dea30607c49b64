import { eventRow, type LetterEvent } from "./letter.ts";
import type { Documents } from "../documents.ts";
import { record } from "../people/audit.ts";
import { signatureOf, type Who } from "../people/who.ts";
import { checkDestination } from "../destination.ts";
import { type Elapsed, elapsedMs } from "../elapsed.ts";
import type { Hit } from "../hit.ts";
import type { Backlog, Queue } from "../queue.ts";
import { type Registered, type Registry, registryDeadlineMs } from "../registry.ts";
import { withMembers } from "../problem.ts";
import { causePersists, keptApart, letterKeptApart } from "../problems.ts";
import { streamRef } from "../stream-ref.ts";
import type { LetterPorts } from "./store.ts";
import { rowColumns } from "../hits/row.ts";
import { readStream } from "../streams/stream.ts";
import type { Warehouse } from "../warehouse.ts";
import { inParallel } from "../within.ts";
import { apart, batches, type Chosen, is, streamsOf, waiting, waitingLetter, type Where } from "./choose.ts";
import { eventsOf, readHits } from "./bodies.ts";
import { type Letter, selectStates } from "./states.ts";

/** Discarding needs no more than the store and the clock. */
interface DiscardPorts extends LetterPorts {
  /** For the audit. */
  documents: Documents;
  /** Unix ms. */
  now: () => number;
  /** For how long a request may take; the process's own clock where left out. */
  elapsed?: Elapsed;
}

export interface ReplayPorts extends DiscardPorts {
  registry: Pick<Registry, "list" | "read">;
  queue: Pick<Queue, "publish">;
  backlog: Pick<Backlog, "find">;
  warehouse: Pick<Warehouse, "describe">;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** The product's own dataset, which no stream may write to. */
  productDataset: string;
}

const publishesAtOnce = 64;
const causesAtOnce = 16;
const publishDeadlineMs = 10_000;
const appendDeadlineMs = 30_000;

/** A replay or a discard of many ends after so long, between two batches, and says that there is more. Cloud Run answers
 *  504 in its place after `sizes.admin.timeout_seconds` (terraform/variables.tf), 300; the rest is for the batch that has
 *  begun. */
export const requestMs = 200_000;

/** Set where time ended it; the next request takes up from there. */
interface Rest {
  more?: true;
  until?: number;
}

interface Replayed extends Rest {
  replayed: number;
  refused: { stream_ref?: string; why: string }[];
}

/** Whoever lets a hit through that was kept apart has seen why. */
interface ReplayChosen extends Chosen {
  let_through?: boolean;
}

/** What a replay has come to, a step at a time: no failure that follows takes it back. */
interface Step {
  /** So many more. */
  replayed?: number;
  refused?: Replayed["refused"][number];
  rest?: Rest;
}

/** @param given who asks, where nobody signs in
 *
 *  Publishes the letters again, each with the number of its next attempt, then notes that it did. In this order: a
 *  crash between the two leaves a letter `waiting` that is on its way, and the row says `delivered` whatever the note
 *  says. The other order could leave one `replaying` for ever that nobody sent. */
export async function replay(
  ports: ReplayPorts,
  { let_through = false, ...chosen }: ReplayChosen,
  who: Who,
  given?: string,
): Promise<Replayed> {
  const by = signatureOf(who, given);
  const { hit_id } = chosen;
  const steps =
    hit_id === undefined
      ? replayMany(ports, chosen, by)
      : replayOne(ports, hit_id, { letThrough: let_through, by });
  const done: Replayed = { replayed: 0, refused: [] };
  const work = async () => {
    for await (const { replayed = 0, refused, rest } of steps) {
      done.replayed += replayed;
      if (refused !== undefined) done.refused.push(refused);
      Object.assign(done, rest);
    }
  };
  const failure = await failureOf(work());
  const { replayed } = done;
  if (replayed > 0) await recordLetters(ports, who, chosen, { what: "replayed", after: { replayed, by } });
  if (failure !== undefined) throw withMembers(failure.error, { replayed });
  return done;
}

async function failureOf(work: Promise<unknown>): Promise<{ error: unknown } | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}

/** Also what was done before a failure. */
async function recordLetters(
  ports: DiscardPorts,
  who: Who,
  { hit_id, stream_id, stream_ref, reason }: Chosen,
  { what, after }: { what: "replayed" | "discarded"; after: object },
): Promise<void> {
  const ref = stream_ref ?? (stream_id === undefined ? undefined : streamRef(stream_id));
  const about = hit_id === undefined ? "dead letters that wait" : `hit ${hit_id}`;
  await record(ports, who, { what, about, after: { stream_ref: ref, reason, ...after } });
}

async function* replayOne(
  ports: ReplayPorts,
  hitId: string,
  { letThrough, by }: { letThrough: boolean; by: string | undefined },
): AsyncGenerator<Step> {
  const letter = await waitingLetter(ports, hitId, (one) => isLost(ports, one));
  if (letter.kept_apart === true && !letThrough)
    throw letterKeptApart({ why: letter.reason === "kept_apart" ? letter.detail : keptApart().message });
  const hits = await readHits(ports, [letter]);
  const { stream_id } = hits[0]!;
  const registered = await ports.registry.read(stream_id, { deadlineMs: registryDeadlineMs });
  const why = await causeOf(ports, stream_id, registered);
  if (why !== undefined) throw causePersists({ why });
  // One that was lost has a number that no failure shows.
  const replayed = (await eventsOf(ports, [letter])).get(hitId)?.replayed ?? 0;
  const attempt = Math.max(letter.attempt, replayed) + 1;
  yield* replayBatch(ports, hits, new Map([[hitId, attempt]]), by);
}

async function* replayMany(ports: ReplayPorts, chosen: Chosen, by: string | undefined): AsyncGenerator<Step> {
  const { until, isOver } = bound(ports, chosen);
  const matching = waiting(chosen, until);
  const refs = await streamsOf(ports, apart(false, matching));
  const registered = new Map(
    refs.length === 0 ? [] : (await ports.registry.list()).map((one) => [streamRef(one.id), one]),
  );
  const causes = await inParallel(refs, causesAtOnce, (ref) =>
    causeOf(ports, registered.get(ref)?.id ?? "", registered.get(ref)),
  );
  if (await anyApart(ports, matching)) yield { refused: { why: staysApart } };
  for (const [index, ref] of refs.entries()) {
    const why = causes[index];
    if (why !== undefined) {
      yield { refused: { stream_ref: ref, why } };
      continue;
    }
    const where = apart(false, waiting({ ...chosen, stream_ref: ref }, until));
    for await (const batch of batches(ports, where)) {
      const attempts = new Map(batch.map(({ hit_id, attempt }) => [hit_id, attempt + 1]));
      yield* replayBatch(ports, await readHits(ports, batch), attempts, by);
      if (isOver()) return yield { rest: { more: true, until } };
    }
  }
}

/** A replay of many lets none through that was kept apart, and says so. */
const staysApart =
  "Hits that are kept apart stay, since nobody knows who sent them: look at each, and replay it by its hit_id.";

async function anyApart(ports: ReplayPorts, matching: readonly Where[]): Promise<boolean> {
  const found = await Promise.all(
    apart(true, matching).map((where) => selectStates(ports, { columns: ["hit_id"], where, limit: 1 })),
  );
  return found.flat().length > 0;
}

/** Until when a letter must have failed to be meant, and whether the time of the request is over. */
function bound({ now, elapsed = elapsedMs }: DiscardPorts, chosen: Chosen) {
  const startedAt = now();
  const startedMs = elapsed();
  return {
    until: Math.min(chosen.until ?? startedAt, startedAt),
    isOver: () => elapsed() - startedMs >= requestMs,
  };
}

/** Where the queue cannot be searched, a replay counts as lost after so long without a row or a new failure. Should it
 *  still be on its way, the row repeats, as rows may. One from so far in the future was noted by a clock that was wrong. */
const lostAfterMs = 60 * 60_000;

/** Whether a letter that is `replaying` is on its way no more: its queue was lost, or put back to an earlier day. */
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

interface Discarded extends Rest {
  discarded: number;
}

/** Notes that nobody wants these letters delivered. */
export async function discard(
  ports: DiscardPorts,
  { note, ...chosen }: Chosen & { note: string },
  who: Who,
  given?: string,
): Promise<Discarded> {
  const by = signatureOf(who, given);
  const done: Discarded = { discarded: 0 };
  const work = async () => {
    for await (const { discarded = 0, rest } of discardChosen(ports, chosen, { by, note })) {
      done.discarded += discarded;
      Object.assign(done, rest);
    }
  };
  const failure = await failureOf(work());
  const { discarded } = done;
  if (discarded > 0)
    await recordLetters(ports, who, chosen, { what: "discarded", after: { discarded, note, by } });
  if (failure === undefined) return done;
  throw chosen.hit_id === undefined ? withMembers(failure.error, { discarded }) : failure.error;
}

async function* discardChosen(
  ports: DiscardPorts,
  chosen: Chosen,
  says: { by: string | undefined; note: string },
): AsyncGenerator<{ discarded?: number; rest?: Rest }> {
  if (chosen.hit_id !== undefined) {
    await write(ports, "discarded", [await waitingLetter(ports, chosen.hit_id)], says);
    return yield { discarded: 1 };
  }
  const { until, isOver } = bound(ports, chosen);
  for await (const batch of batches(ports, waiting(chosen, until))) {
    await write(ports, "discarded", batch, says);
    yield { discarded: batch.length };
    if (isOver()) return yield { rest: { more: true, until } };
  }
}

/** Why hits of the stream would become dead letters again; undefined where nothing is known to stand in the way.
 *  @throws warehouse_down: nothing is known then */
async function causeOf(
  { warehouse, defaultDataset, productDataset }: ReplayPorts,
  streamId: string,
  registered: Registered | undefined,
): Promise<string | undefined> {
  if (registered === undefined) return "The stream's document does not exist.";
  const lookup = readStream(streamId, registered.document, { defaultDataset, productDataset });
  if (lookup.kind === "invalid") return `The stream's document is invalid: ${lookup.problems.join("; ")}.`;
  if (lookup.kind === "missing") return "The stream's document does not exist.";
  const [problem] = await checkDestination(warehouse, lookup.stream.table, rowColumns);
  return problem?.message;
}

/** Tells what was published and noted, also where a neighbour fails. */
async function* replayBatch(
  ports: ReplayPorts,
  hits: readonly Hit[],
  attempts: ReadonlyMap<string, number>,
  by: string | undefined,
): AsyncGenerator<Step> {
  // Before the publish: a failure of this very replay must count as later.
  const at = ports.now();
  const sent: { hit_id: string; attempt: number }[] = [];
  const send = async (hit: Hit) => {
    const attempt = attempts.get(hit.hit_id)!;
    await ports.queue.publish({ ...hit, replay: attempt }, { deadlineMs: publishDeadlineMs });
    sent.push({ hit_id: hit.hit_id, attempt });
  };
  // Those that are on their way are noted even when a neighbour could not be sent.
  const failure = await failureOf(inParallel(hits, publishesAtOnce, send));
  await write(ports, "replayed", sent, { by, at });
  yield { replayed: sent.length };
  if (failure !== undefined) throw failure.error;
}

async function write(
  { letters: store, now }: DiscardPorts,
  event: LetterEvent,
  letters: readonly { hit_id: string; attempt: number }[],
  { by, note, at = now() }: { by: string | undefined; note?: string; at?: number },
): Promise<void> {
  if (letters.length === 0) return;
  const rows = letters.map(({ hit_id, attempt }) =>
    eventRow({
      hit_id,
      attempt,
      event,
      at,
      ...(by !== undefined && { by }),
      ...(note !== undefined && { note }),
    }),
  );
  await store.append("events", rows, { deadlineMs: appendDeadlineMs });
}

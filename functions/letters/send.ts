import { checkDestination } from "../destination.ts";
import type { Documents } from "../documents.ts";
import { rowColumns } from "../hits/row.ts";
import type { Hit } from "../hit.ts";
import { Problem } from "../problem.ts";
import type { Queue } from "../queue.ts";
import type { Registered, Registry } from "../registry.ts";
import { readStream } from "../streams/stream.ts";
import type { Warehouse } from "../warehouse.ts";
import { inParallel } from "../within.ts";
import { eventRow, type LetterEvent } from "./letter.ts";
import type { LetterPorts } from "./store.ts";

/** Letters on their way again, or given up: what is done with one is done with many. */

/** Discarding needs no more than the store and the clock. */
export interface DiscardPorts extends LetterPorts {
  /** For the audit. */
  documents: Documents;
  /** Unix ms. */
  now: () => number;
}

export interface SendPorts extends DiscardPorts {
  registry: Pick<Registry, "list" | "read">;
  queue: Pick<Queue, "publish">;
  warehouse: Pick<Warehouse, "describe">;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** The product's own dataset, which no stream may write to. */
  productDataset: string;
}

const publishesAtOnce = 64;
const publishDeadlineMs = 10_000;
const appendDeadlineMs = 30_000;

/** Who replays, and in which job where it is one of many. */
export interface Replayer {
  readonly by: string | undefined;
  readonly job?: string;
}

/** Publishes the hits again, each with the number of its next attempt, then notes that it did. In this order:
 *  a crash between the two leaves a letter `waiting` that is on its way, and the row says `delivered`
 *  whatever the note says. The other order could leave one `replaying` for ever that nobody sent.
 *  @returns how many were published and noted, and what failed beside them */
export async function sendAgain(
  ports: SendPorts,
  hits: readonly Hit[],
  attempts: ReadonlyMap<string, number>,
  replayer: Replayer,
): Promise<{ sent: number; failure?: { error: unknown } }> {
  // Before the publish: a failure of this very replay must count as later.
  const at = ports.now();
  const sent: { hit_id: string; attempt: number }[] = [];
  const send = async (hit: Hit) => {
    const attempt = attempts.get(hit.hit_id)!;
    await ports.queue.publish({ ...hit, replay: attempt }, { deadlineMs: publishDeadlineMs });
    sent.push({ hit_id: hit.hit_id, attempt });
  };
  // Those that are on their way are noted even when a neighbour could not be sent.
  const failure = await inParallel(hits, publishesAtOnce, send).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  await note(ports, "replayed", sent, { ...replayer, at });
  return { sent: sent.length, ...(failure !== undefined && { failure }) };
}

export async function note(
  { letters: store, now }: DiscardPorts,
  event: LetterEvent,
  letters: readonly { hit_id: string; attempt: number }[],
  { by, job, note: why, at = now() }: Replayer & { note?: string; at?: number },
): Promise<void> {
  if (letters.length === 0) return;
  const rows = letters.map(({ hit_id, attempt }) =>
    eventRow({
      hit_id,
      attempt,
      event,
      at,
      ...(by !== undefined && { by }),
      ...(why !== undefined && { note: why }),
      ...(job !== undefined && { job }),
    }),
  );
  await store.append("events", rows, { deadlineMs: appendDeadlineMs });
}

/** Why hits of the stream would become dead letters again; undefined where nothing is
 *  known to stand in the way.
 *  @throws warehouse_down: nothing is known then */
export async function causeOf(
  { warehouse, defaultDataset, productDataset }: SendPorts,
  streamId: string,
  registered: Registered | undefined,
): Promise<string | undefined> {
  if (registered === undefined) return "The stream's document does not exist.";
  const lookup = readStream(streamId, registered.document, { defaultDataset, productDataset });
  if (lookup.kind === "invalid") return `The stream's document is invalid: ${lookup.problems.join("; ")}.`;
  if (lookup.kind === "missing") return "The stream's document does not exist.";
  try {
    const [problem] = await checkDestination(warehouse, lookup.stream.table, rowColumns);
    return problem?.message;
  } catch (error) {
    // What the warehouse refuses for this table stands in the way of its stream, and of no other one.
    if (error instanceof Problem && error.status < 500) return error.message;
    throw error;
  }
}

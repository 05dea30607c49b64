import { utcDay } from "../calendar.ts";
import { eventRow, type LetterEvent } from "../dead-letter.ts";
import { checkDestination } from "../destination.ts";
import type { Hit } from "../hit.ts";
import { causePersists, isProblem } from "../problem.ts";
import { appendToProduct, productTables } from "../product-tables.ts";
import { rowColumns } from "../row.ts";
import { readStream } from "../stream.ts";
import { inParallel } from "./bounded.ts";
import {
  batches,
  byAge,
  type Chosen,
  is,
  streamsOf,
  waiting,
  waitingLetter,
  type Where,
} from "./chosen.ts";
import {
  type Letter,
  type LetterBody,
  selectLettersWithBody,
} from "./letters.ts";
import { type AdminPorts, registryDeadlineMs } from "./ports.ts";

const publishesAtOnce = 64;
const publishDeadlineMs = 10_000;
const appendDeadlineMs = 30_000;

/** Publishes the letters again, each with the number of its next attempt, then notes that it did. In this order: a
 *  crash between the two leaves a letter `waiting` that is on its way, and the row says `delivered` whatever the note
 *  says. The other order could leave one `replaying` for ever that nobody sent. */
export async function replay(
  ports: AdminPorts,
  chosen: Chosen,
  by: string | undefined,
) {
  if (chosen.hit_id !== undefined) {
    const letter = await waitingLetter(ports, chosen.hit_id, isLost);
    const why = await causeOf(ports, letter.stream_id);
    if (why !== undefined) throw causePersists({ why });
    return {
      replayed: await replayBatch(
        ports,
        [letter],
        is("hit_id", letter.hit_id),
        by,
      ),
      refused: [],
    };
  }
  const startedAt = ports.now();
  let replayed = 0;
  const refused: { stream_id: string; why: string }[] = [];
  for (const streamId of await streamsOf(ports, waiting(chosen, startedAt))) {
    const why = await causeOf(ports, streamId);
    if (why !== undefined) {
      refused.push({ stream_id: streamId, why });
      continue;
    }
    const where = waiting({ ...chosen, stream_id: streamId }, startedAt);
    for await (const letters of batches(ports, where))
      replayed += await replayBatch(ports, letters, where, by);
  }
  return { replayed, refused };
}

/** Where the queue cannot be searched, a replay counts as lost after so long without a row or a new failure. Should it
 *  still be on its way, the row repeats, as rows may. */
const lostAfterMs = 60 * 60_000;

/** Whether a letter that is `replaying` is on its way no more: its queue was lost, or put back to an earlier day. */
async function isLost(ports: AdminPorts, { hit_id }: Letter): Promise<boolean> {
  const found = await ports.backlog.find(hit_id);
  if (found !== "unknown") return found === "absent";
  const { events } = productTables(ports.productDataset);
  const [last] = await ports.warehouse.select({
    from: events,
    columns: ["at"],
    where: [...is("hit_id", hit_id), ...is("event", "replayed")],
    orderBy: [{ column: "at", descending: true }],
    limit: 1,
  });
  return last !== undefined && Number(last["at"]) < ports.now() - lostAfterMs;
}

/** Notes that nobody wants these letters delivered. */
export async function discard(
  ports: AdminPorts,
  chosen: Chosen,
  note: string,
  by: string | undefined,
) {
  if (chosen.hit_id !== undefined) {
    await write(
      ports,
      "discarded",
      [await waitingLetter(ports, chosen.hit_id)],
      { by, note },
    );
    return { discarded: 1 };
  }
  let discarded = 0;
  for await (const letters of batches(ports, waiting(chosen, ports.now()))) {
    await write(ports, "discarded", letters, { by, note });
    discarded += letters.length;
  }
  return { discarded };
}

/** Why hits of the stream would become dead letters again; undefined where nothing is known to stand in the way.
 *  @throws registry_down, warehouse_down: nothing is known then */
async function causeOf(
  { registry, warehouse, defaultDataset }: AdminPorts,
  streamId: string,
): Promise<string | undefined> {
  const registered = await registry.read(streamId, {
    deadlineMs: registryDeadlineMs,
  });
  if (registered === undefined) return "The stream's document does not exist.";
  const lookup = readStream(streamId, registered.document, defaultDataset);
  if (lookup.kind === "invalid")
    return `The stream's document is invalid: ${lookup.problems.join("; ")}.`;
  if (lookup.kind === "missing") return "The stream's document does not exist.";
  const [problem] = await checkDestination(
    warehouse,
    lookup.stream.table,
    rowColumns,
  );
  return problem?.message;
}

/** @param where finds at least these letters, in the order of age
 *  @returns how many were published */
async function replayBatch(
  ports: AdminPorts,
  batch: readonly Letter[],
  where: Where,
  by: string | undefined,
): Promise<number> {
  const letters = await selectLettersWithBody(ports, where, {
    orderBy: byAge,
    limit: batch.length,
  });
  const attempts = await latestAttempts(ports, letters);
  // Before the publish: a failure of this very replay must count as later.
  const at = ports.now();
  const sent: Letter[] = [];
  const send = async (letter: Letter & LetterBody) => {
    const attempt = attempts.get(letter.hit_id)! + 1;
    await ports.queue.publish(toHit(letter, attempt), {
      deadlineMs: publishDeadlineMs,
    });
    sent.push({ ...letter, attempt });
  };
  // Those that are on their way are noted even when a neighbour could not be sent.
  const failure = await inParallel(letters, publishesAtOnce, send).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  await write(ports, "replayed", sent, { by, at });
  if (failure !== undefined) throw failure.error;
  return sent.length;
}

function toHit(letter: Letter & LetterBody, attempt: number): Hit {
  const {
    hit_id,
    stream_id,
    received_at,
    body,
    content_type,
    content_encoding,
    query,
    is_test,
  } = letter;
  return {
    hit_id,
    stream_id,
    received_at,
    body,
    // A date that was only made up for the dead letter is made anew, by the mended document.
    ...(letter.dated && { date: letter.date }),
    ...(content_type !== undefined && { content_type }),
    ...(content_encoding !== undefined && { content_encoding }),
    ...(query !== undefined && { query }),
    ...(is_test === true && { is_test }),
    replay: attempt,
  };
}

/** The highest number used for each letter: by its failures, or by replays that were sent since. */
async function latestAttempts(
  { warehouse, productDataset }: AdminPorts,
  letters: readonly Letter[],
): Promise<Map<string, number>> {
  const latest = new Map(
    letters.map(({ hit_id, attempt }) => [hit_id, attempt]),
  );
  if (letters.length === 0) return latest;
  const { events } = productTables(productDataset);
  // Replays since the oldest of these failures; a day more, since clocks differ.
  const since = utcDay(Math.min(...letters.map(({ at }) => at)) - 86_400_000);
  const of: Where =
    letters.length === 1 ? is("hit_id", letters[0]!.hit_id) : [];
  const limit = 20_000;
  for (let offset = 0; ; offset += limit) {
    const rows = await warehouse
      .select({
        from: events,
        columns: ["hit_id", "attempt"],
        where: [
          ...of,
          ...is("event", "replayed"),
          { column: "date", is: ">=", value: since },
        ],
        orderBy: [{ column: "at" }, { column: "hit_id" }],
        limit,
        offset,
      })
      .catch((error: unknown) => {
        if (
          isProblem(error, "table_missing") ||
          isProblem(error, "dataset_missing")
        )
          return [];
        throw error;
      });
    for (const row of rows) {
      const hitId = String(row["hit_id"]);
      const before = latest.get(hitId);
      if (before !== undefined)
        latest.set(hitId, Math.max(before, Number(row["attempt"])));
    }
    if (rows.length < limit) return latest;
  }
}

async function write(
  { warehouse, productDataset, now }: AdminPorts,
  event: LetterEvent,
  letters: readonly Letter[],
  {
    by,
    note,
    at = now(),
  }: { by: string | undefined; note?: string; at?: number },
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
  await appendToProduct(warehouse, productDataset, "events", rows, {
    deadlineMs: appendDeadlineMs,
  });
}

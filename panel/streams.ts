import { readActivity, type StreamActivity } from "../functions/activity/read.ts";
import { type Recent, recentHits } from "../functions/hits/recent.ts";
import { type Waiting, waitingByStream, waitingMax } from "../functions/letters/waiting.ts";
import { asProblem, asRead } from "../functions/problem.ts";
import { streamRef } from "../functions/stream-ref.ts";
import { type Reading, readAll } from "../functions/streams/reading.ts";
import { lookAtTables, type StreamView, viewOf } from "../functions/streams/view.ts";
import type { Stream } from "../functions/streams/stream.ts";
import { within } from "../functions/within.ts";
import type { PanelPorts } from "./ports.ts";
import type { Visit } from "./visit.ts";

/** What the pages know of streams: the registry's documents, what waits of them, and of those that are shown
 *  their newest rows and their tables. */

/** A stream and what waits of it; the registry and one look at the dead letters tell. */
export interface KnownStream {
  readonly reading: Reading;
  /** undefined where its document is invalid. */
  readonly stream: Stream | undefined;
  readonly name: string;
  readonly table: string;
  /** undefined where it could not be told. */
  readonly waiting: Waiting | "none" | undefined;
}

/** One that a page shows. */
export interface ShownStream extends KnownStream {
  readonly view: StreamView;
  /** A sentence where it could not be told. */
  readonly activity: StreamActivity | string;
  /** Of a stream that is looked at alone: what its table says. */
  readonly recent?: Recent | string;
}

const lookDeadlineMs = 5_000;

/** Streams that were not removed, those that need somebody first, then by name. */
export async function knownStreams({
  ports,
  person,
  learnWaiting,
}: Pick<Visit, "ports" | "person" | "learnWaiting">): Promise<{ all: Reading[]; known: KnownStream[] }> {
  // What waits is then not known, and the page says so.
  const waits = within(lookDeadlineMs, waitingByStream(ports, person), () => undefined).catch(
    () => undefined,
  );
  const all = readAll(await ports.registry.list(), ports);
  const waiting = await waits;
  const count = [...(waiting?.values() ?? [])].reduce((sum, one) => sum + one.count, 0);
  // Past it they were counted no further.
  if (waiting !== undefined && count < waitingMax) learnWaiting(count);
  const known = all
    .filter(({ removed }) => !removed)
    .map((reading): KnownStream => ({
      reading,
      stream: reading.lookup.kind === "valid" ? reading.lookup.stream : undefined,
      name: textOf(reading, "name") ?? textOf(reading, "table") ?? reading.id,
      table: textOf(reading, "table") ?? "no table",
      waiting: waiting && (waiting.get(streamRef(reading.id)) ?? "none"),
    }));
  return {
    all,
    known: known.sort(
      (a, b) =>
        Number(needsSomebody(b)) - Number(needsSomebody(a)) ||
        a.name.localeCompare(b.name, "en") ||
        (a.reading.id < b.reading.id ? -1 : 1),
    ),
  };
}

/** A document may hold anything. */
function textOf({ document }: Reading, field: string): string | undefined {
  const value = document[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function needsSomebody({ stream, waiting }: KnownStream): boolean {
  return stream === undefined || (waiting !== undefined && waiting !== "none");
}

/** What arrived at these, and whether their tables take rows. One sick table does not hold up the others. */
export async function lookAtStreams(
  ports: PanelPorts,
  known: readonly KnownStream[],
  all: readonly Reading[],
): Promise<ShownStream[]> {
  const readings = known.map(({ reading }) => reading);
  const [tables, activities] = await Promise.all([
    lookAtTables(ports.warehouse, readings),
    lookAtActivity(ports, readings),
  ]);
  return known.map((one, index) => ({
    ...one,
    view: viewOf(ports, one.reading, all, tables),
    activity: typeof activities === "string" ? activities : activities[index]!,
  }));
}

async function lookAtActivity(
  ports: PanelPorts,
  readings: readonly Reading[],
): Promise<readonly StreamActivity[] | string> {
  const looking = readActivity(ports, readings).then(
    ({ streams }) => streams,
    (error: unknown) => asProblem(asRead(error)).message,
  );
  return within(lookDeadlineMs, looking, () => "What arrived could not be told in time.");
}

/** The same of one, with its table's newest rows. */
export async function lookAtStream(
  ports: PanelPorts,
  known: KnownStream,
  all: readonly Reading[],
  now: number,
): Promise<ShownStream> {
  const [[shown], recent] = await Promise.all([
    lookAtStreams(ports, [known], all),
    lookAtRows(ports, known.stream, now),
  ]);
  return { ...shown!, recent };
}

/** The newest rows of its table. */
export async function lookAtRows(
  { warehouse }: Pick<PanelPorts, "warehouse">,
  stream: Stream | undefined,
  now: number,
): Promise<Recent | string> {
  if (stream === undefined) return "Its document is invalid, so no table is known.";
  const looking: Promise<Recent | string> = recentHits(warehouse, stream, now).catch(
    (error: unknown) => asProblem(asRead(error)).message,
  );
  return within(lookDeadlineMs, looking, () => "Its table did not answer in time.");
}

/** The clock that times of these are told by: theirs where they have the same, else UTC. */
export function zoneOf(streams: readonly Pick<KnownStream, "stream">[]): string {
  const zones = new Set(streams.flatMap(({ stream }) => (stream === undefined ? [] : [stream.offset])));
  const [only = "UTC"] = zones;
  return zones.size === 1 ? only : "UTC";
}

/** As people read it: `UTC +03:00` for a fixed offset, a zone by its name. */
export const zoneName = (offset: string): string => (/^[+-]/.test(offset) ? `UTC ${offset}` : offset);

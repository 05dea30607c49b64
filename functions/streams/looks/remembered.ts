import { ago } from "../../ago.ts";
import type { Documents } from "../../documents.ts";
import type { Log } from "../../log.ts";
import { asProblem } from "../../problem.ts";
import { isLook, type Look, lookAtHits, warningsOf } from "./look.ts";
import { type Reading, writing } from "../reading.ts";
import type { Stream } from "../stream.ts";
import { orderingText } from "../tables/definitions.ts";
import type { Warehouse } from "../../warehouse.ts";

/** What somebody found in a stream's last hits stays beside the stream, with its time: a list of
 *  streams reads no table. */

interface LookPorts {
  documents: Documents;
  /** Unix ms. */
  now: () => number;
  log: Log;
}

/** The stream as `streams show` has it, with a look at its hits, which is kept: what they
 *  hold, or why nobody knows. */
export async function withHits<View extends { id: string; warnings: string[] }>(
  ports: LookPorts & { warehouse: Pick<Warehouse, "describe" | "selectSome"> },
  view: View,
  reading: Reading,
): Promise<View & { hits?: Look }> {
  const stream = writing(reading);
  if (stream === undefined) return view;
  try {
    const hits = await lookAtHits(ports.warehouse, stream, ports.now());
    await remember(ports, stream, hits);
    return { ...view, hits, warnings: [...view.warnings, ...warningsOf(stream, hits)] };
  } catch (error) {
    const [before] = (await withLooks(ports, [view], [reading])) as [View & { hits?: Look }];
    const why = `Its last hits could not be looked at: ${asProblem(error).message}`;
    return { ...before, warnings: [...before.warnings, why] };
  }
}

interface Remembered {
  /** What the stream said then: another key finds something else. */
  readonly of: string;
  readonly look: Look;
}

const pageSize = 300;

/** Never rejects: what was found is told all the same. */
async function remember(
  { documents, log }: Omit<LookPorts, "now">,
  stream: Stream,
  look: Look,
): Promise<void> {
  try {
    const document = { of: saidBy(stream), look } satisfies Remembered;
    await documents.commit([{ kind: "looks", id: stream.id, document }]);
  } catch (error) {
    tell(log, "What a stream's last hits hold could not be kept; lists show what was found before.", error);
  }
}

/** The streams with what was found when somebody last looked, where it is of the stream as it is now.
 *  @param readings what each view shows */
export async function withLooks<View extends { id: string; warnings: string[] }>(
  { documents, now, log }: LookPorts,
  views: readonly View[],
  readings: readonly Reading[],
): Promise<(View & { hits?: Look })[]> {
  const streams = new Map(readings.map((reading) => [reading.id, writing(reading)]));
  const remembered = await allRemembered(documents).catch((error: unknown) => {
    tell(log, "What was found in the streams' last hits could not be read; the list goes without it.", error);
    return new Map<string, Remembered>();
  });
  return views.map((view) => {
    const stream = streams.get(view.id);
    const found = remembered.get(view.id);
    if (stream === undefined || found === undefined || found.of !== saidBy(stream)) return view;
    const said = warningsOf(stream, found.look).map(
      (warning) => `${warning} Looked at ${ago(now() - found.look.at)}.`,
    );
    return { ...view, hits: found.look, warnings: [...view.warnings, ...said] };
  });
}

async function allRemembered(documents: Documents): Promise<Map<string, Remembered>> {
  const remembered = new Map<string, Remembered>();
  for (let after: string | undefined; ;) {
    const page = await documents.list("looks", { limit: pageSize, ...(after !== undefined && { after }) });
    for (const { id, document } of page) {
      // Whatever somebody wrote by hand, or an earlier version.
      const { of, look } = Object(document) as Partial<Record<keyof Remembered, unknown>>;
      if (typeof of === "string" && isLook(look)) remembered.set(id, { of, look });
    }
    after = page.at(-1)?.id;
    if (after === undefined || page.length < pageSize) return remembered;
  }
}

function saidBy(stream: Stream): string {
  return JSON.stringify([orderingText(stream), stream.offset]);
}

function tell(log: Log, message: string, error: unknown): void {
  log("WARNING", message, { event: "looks_not_kept", detail: asProblem(error).message });
}

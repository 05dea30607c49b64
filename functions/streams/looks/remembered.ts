import { ago } from "../../ago.ts";
import type { Documents } from "../../documents.ts";
import type { Log } from "../../log.ts";
import { asProblem } from "../../problem.ts";
import { isLook, type Look, lookAtHits, warningsOf } from "./look.ts";
import { type Reading, writing } from "../reading.ts";
import type { Stream } from "../stream.ts";
import { orderingText } from "../tables/definitions.ts";
import type { Warehouse } from "../../warehouse.ts";

/** What somebody found in a stream's last hits stays beside the stream, with its time: a list of streams reads no table. */

interface KeptPorts {
  documents: Documents;
  /** Unix ms. */
  now: () => number;
  log: Log;
}

/** The stream as `streams show` has it, with a look at its hits, which is kept: what they hold, or why nobody knows. */
export async function withHits<View extends { id: string; warnings: string[] }>(
  ports: KeptPorts & { warehouse: Pick<Warehouse, "describe" | "selectSome"> },
  view: View,
  reading: Reading,
): Promise<View & { hits?: Look }> {
  const stream = writing(reading);
  if (stream === undefined) return view;
  try {
    const hits = await lookAtHits(ports.warehouse, stream, ports.now());
    await keepLook(ports, stream, hits);
    return { ...view, hits, warnings: [...view.warnings, ...warningsOf(stream, hits)] };
  } catch (error) {
    const [before] = (await withKeptLooks(ports, [view], [reading])) as [View & { hits?: Look }];
    const why = `Its last hits could not be looked at: ${asProblem(error).message}`;
    return { ...before, warnings: [...before.warnings, why] };
  }
}

interface Kept {
  /** What the stream said then: another key finds something else. */
  readonly of: string;
  readonly look: Look;
}

const pageSize = 300;

/** Never rejects: what was found is told all the same. */
async function keepLook(
  { documents, log }: Omit<KeptPorts, "now">,
  stream: Stream,
  look: Look,
): Promise<void> {
  try {
    const document = { of: saidBy(stream), look } satisfies Kept;
    await documents.commit([{ kind: "looks", id: stream.id, document }]);
  } catch (error) {
    tell(log, "What a stream's last hits hold could not be kept; lists show what was found before.", error);
  }
}

/** The streams with what was found when somebody last looked, where it is of the stream as it is now.
 *  @param readings what each view shows */
export async function withKeptLooks<View extends { id: string; warnings: string[] }>(
  { documents, now, log }: KeptPorts,
  views: readonly View[],
  readings: readonly Reading[],
): Promise<(View & { hits?: Look })[]> {
  const streams = new Map(readings.map((reading) => [reading.id, writing(reading)]));
  const kept = await allKept(documents).catch((error: unknown) => {
    tell(log, "What was found in the streams' last hits could not be read; the list goes without it.", error);
    return new Map<string, Kept>();
  });
  return views.map((view) => {
    const stream = streams.get(view.id);
    const found = kept.get(view.id);
    if (stream === undefined || found === undefined || found.of !== saidBy(stream)) return view;
    const said = warningsOf(stream, found.look).map(
      (warning) => `${warning} Looked at ${ago(now() - found.look.at)}.`,
    );
    return { ...view, hits: found.look, warnings: [...view.warnings, ...said] };
  });
}

async function allKept(documents: Documents): Promise<Map<string, Kept>> {
  const kept = new Map<string, Kept>();
  for (let after: string | undefined; ;) {
    const page = await documents.list("looks", { limit: pageSize, ...(after !== undefined && { after }) });
    for (const { id, document } of page) {
      // Whatever somebody wrote by hand, or an earlier version.
      const { of, look } = Object(document) as Partial<Record<keyof Kept, unknown>>;
      if (typeof of === "string" && isLook(look)) kept.set(id, { of, look });
    }
    after = page.at(-1)?.id;
    if (after === undefined || page.length < pageSize) return kept;
  }
}

function saidBy(stream: Stream): string {
  return JSON.stringify([orderingText(stream), stream.offset]);
}

function tell(log: Log, message: string, error: unknown): void {
  log("WARNING", message, { event: "looks_not_kept", detail: asProblem(error).message });
}

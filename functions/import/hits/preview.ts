import type { Documents } from "../../documents.ts";
import { streamRefused } from "../../problems.ts";
import type { Registry } from "../../registry.ts";
import { findReading } from "../../streams/change.ts";
import { readAll } from "../../streams/reading.ts";
import { mappingProblems, type BackendEventsMapping } from "../../streams/records/backend-events.ts";
import type { EventFields } from "../fields/row.ts";
import { rejectCodes, type Fault } from "../rejects.ts";
import { usualSettings } from "../settings.ts";
import { importSettings, readHit } from "./read.ts";

/** What would become of a hit, before its stream is changed and before it is sent: nothing is written. */

export interface PreviewPorts {
  readonly registry: Pick<Registry, "list">;
  readonly documents: Documents;
  readonly defaultDataset: string;
  readonly productDataset: string;
  readonly now: () => number;
}

export interface Sample {
  readonly body: string;
  readonly content_type?: string;
  /** In the place of what the stream has. */
  readonly backend_events?: BackendEventsMapping;
}

export interface Preview {
  readonly events: readonly (EventFields & { readonly row: number })[];
  readonly rejects: readonly { readonly row: number; readonly faults: readonly ToldFault[] }[];
  /** Items for which no rule holds. */
  readonly left: number;
}

interface ToldFault extends Fault {
  /** What is wrong, and what to do. */
  readonly says: string;
}

/** @throws stream_unknown, stream_refused where there is nothing to make events by, registry_down,
 *  documents_down */
export async function previewHit(ports: PreviewPorts, streamId: string, sample: Sample): Promise<Preview> {
  const { lookup } = findReading(readAll(await ports.registry.list(), ports), streamId);
  if (lookup.kind !== "valid")
    throw streamRefused({ problems: lookup.kind === "invalid" ? lookup.problems : [] });
  const { stream } = lookup;
  const backend_events = sample.backend_events ?? stream.backend_events;
  const problems =
    backend_events === undefined
      ? ["the stream has no backend_events, and none are given; allowed is an object with import"]
      : mappingProblems(backend_events);
  if (backend_events === undefined || problems.length > 0) throw streamRefused({ problems });
  const settings = (await importSettings(ports, backend_events.import)) ?? {
    ...usualSettings,
    zone: stream.offset,
  };
  const now = ports.now();
  const hit = {
    stream_id: stream.id,
    hit_id: "00000000-0000-0000-0000-000000000000",
    received_at: now,
    body: Buffer.from(sample.body),
    ...(sample.content_type !== undefined && { content_type: sample.content_type }),
  };
  const { events, rejects, left } = await readHit(hit, { ...stream, backend_events }, settings, now);
  return {
    events: events.map(({ event_id: _id, ...event }) => event),
    rejects: rejects.map(({ row, faults }) => ({ row, faults: faults.map(told) })),
    left,
  };
}

function told(fault: Fault): ToldFault {
  const [says, fix] = rejectCodes[fault.code];
  return { ...fault, says: `${says} ${fault.hint ?? fix}` };
}

import type { Documents } from "../../documents.ts";
import type { Hit } from "../../hit.ts";
import { readPayload } from "../../payload/payload.ts";
import { isProblem } from "../../problem.ts";
import { importUnknown } from "../../problems.ts";
import type { Stream } from "../../streams/stream.ts";
import { findImport, settingsOf } from "../registered/imports.ts";
import type { ImportSettings } from "../settings.ts";
import { eventsOfHit, type HitEvents } from "./map.ts";

/** The hit as it came, read as its row has it, and then by its stream's mapping. */

/** @param now Unix ms */
export async function readHit(
  hit: Pick<Hit, "stream_id" | "hit_id" | "received_at" | "body" | "date" | "headers"> &
    Pick<Hit, "content_type" | "content_encoding">,
  {
    backend_events,
    items,
    offset,
    calendar,
  }: Pick<Stream, "items" | "offset" | "calendar" | "backend_events">,
  settings: ImportSettings,
  now: number,
): Promise<HitEvents> {
  const sent = { contentType: hit.content_type, contentEncoding: hit.content_encoding };
  const { fields } = await readPayload(hit.body, sent);
  const read = {
    stream_id: hit.stream_id,
    hit_id: hit.hit_id,
    body: fields === undefined ? null : (JSON.parse(fields) as unknown),
    headers: hit.headers ?? null,
    date: hit.date ?? calendar(hit.received_at),
  };
  return eventsOfHit(read, { backend_events: backend_events!, items, offset }, settings, now);
}

/** Undefined where nobody added the import yet. @throws documents_down */
export async function importSettings(
  ports: { documents: Documents },
  importId: string,
): Promise<ImportSettings | undefined> {
  try {
    return settingsOf(await findImport(ports, importId));
  } catch (error) {
    if (isProblem(error, importUnknown)) return undefined;
    throw error;
  }
}

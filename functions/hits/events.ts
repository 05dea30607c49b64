import { type TailEvent, withoutPayload } from "./tail.ts";

/** A tail as server-sent events: `hit` (with an id to go on from), `left_out`, `heartbeat`.
 *  @param seesPayloads otherwise nothing of what the sender wrote is in them
 *  Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* eventStream(
  events: AsyncIterable<TailEvent>,
  seesPayloads: boolean,
): AsyncGenerator<string> {
  for await (const event of events) yield written(event, seesPayloads);
}

/** Who watches: somebody, and which of their windows. */
export function viewerOf(
  who: { readonly id: string; readonly by?: string },
  window: string | undefined,
): { viewer?: string } {
  return window === undefined ? {} : { viewer: `${who.id} ${who.by ?? ""} ${window}` };
}

/** The event to go on from, by the header that a browser sends: one that is none of ours says only that the
 *  client does not know where it was. */
export function lastEventOf(header: string | undefined): { lastEventId?: number } {
  return header !== undefined && /^\d{1,16}$/.test(header) ? { lastEventId: Number(header) } : {};
}

function written(event: TailEvent, seesPayloads: boolean): string {
  if (event.kind !== "hit") {
    const { kind, ...data } = event;
    return `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
  }
  const hit = seesPayloads ? event.hit : withoutPayload(event.hit);
  return `event: hit\nid: ${event.id}\ndata: ${JSON.stringify(hit)}\n\n`;
}

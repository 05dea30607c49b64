import { requestRefused } from "../problems.ts";
import { filterCharactersMax } from "./filter.ts";
import { holds } from "./sought.ts";
import { type TailEvent, withoutPayload } from "./tail.ts";

/** A tail as server-sent events: `hit` (with an id to go on from), `left_out`, `heartbeat`.
 *  @param seesPayloads otherwise nothing of what the sender wrote is in them
 *  @param filter each hit says whether it holds that; all are there, so that they can be counted
 *  Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* eventStream(
  events: AsyncIterable<TailEvent>,
  { seesPayloads, filter }: { seesPayloads: boolean; filter: string },
): AsyncGenerator<string> {
  for await (const event of events) {
    if (filter === "" || event.kind !== "hit" || event.sent === undefined) yield written(event, seesPayloads);
    else {
      const hit = { ...event.hit, holds: await holds(event.sent, filter) };
      yield written({ ...event, hit }, seesPayloads);
    }
  }
}

/** What somebody looks for, "" for nothing.
 *  @param demandPayloads throws for those who may not see them: whoever knows what holds a text knows a part
 *  of it. @throws request_refused */
export function filterOf(typed: string | undefined, demandPayloads: () => void): string {
  const filter = (typed ?? "").trim();
  if (filter === "") return "";
  demandPayloads();
  if (filter.length > filterCharactersMax)
    throw requestRefused({
      what: `filter has ${filter.length} characters; allowed are ${filterCharactersMax}`,
    });
  return filter;
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

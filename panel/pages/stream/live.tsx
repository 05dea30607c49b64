import { eventStream, filterOf, lastEventOf, viewerOf } from "../../../functions/hits/events.ts";
import { filterCharactersMax } from "../../../functions/hits/filter.ts";
import { demandPayloads } from "../../../functions/people/who.ts";
import { adminNotFound } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { findReading } from "../../../functions/streams/change.ts";
import { readAll } from "../../../functions/streams/reading.ts";
import { Island } from "../../islands/islands.tsx";
import { arrivedAt } from "../../parts/health.tsx";
import { Line } from "../../parts/notes.tsx";
import type { Visit } from "../../visit.ts";
import { clockOf, shownStream, streamPage } from "./page.tsx";

/** Hits as they arrive. */
export async function livePage(visit: Visit): Promise<Reply> {
  if (visit.ports.tail === undefined) throw adminNotFound();
  const shown = await shownStream(visit);
  const { reading, activity, view } = shown;
  const arrived = arrivedAt(shown);
  return streamPage(visit, shown, {
    here: "Live",
    actions: (
      <a class="btn" href={`/streams/${reading.id}#test-h`}>
        Send a test
      </a>
    ),
    children: (
      <>
        <div class="stack needs-none">
          <Line tone="quiet">
            Live needs a script, which this browser does not run. <code>npx afterclick tail</code> shows the
            same in a terminal.
          </Line>
        </div>
        <div class="stack needs-script">
          <Island
            name="Live"
            with={{
              id: reading.id,
              zone: clockOf(shown),
              q: (visit.query.get("q") ?? "").slice(0, filterCharactersMax),
              ...(view.curl !== undefined && { curl: view.curl }),
              ...(typeof arrived === "object" && arrived.lastAt !== undefined && { lastAt: arrived.lastAt }),
              ...(typeof activity === "object" && { refused: activity.today.refused ?? 0 }),
              seesPayloads: visit.person.seesPayloads,
            }}
          />
        </div>
      </>
    ),
  });
}

/** What the page listens to: goes on after the last event that arrived. @throws stream_unknown, tail_full,
 *  payloads_hidden */
export async function liveEvents({ ports, person, path, query, request }: Visit): Promise<Reply> {
  if (ports.tail === undefined) throw adminNotFound();
  const filter = filterOf(query.get("filter") ?? undefined, () => demandPayloads(person));
  const { id } = findReading(readAll(await ports.registry.list(), ports), path["id"]!);
  const events = ports.tail.follow(id, {
    gone: request.gone,
    ...viewerOf(person, windowIn(query)),
    ...lastEventOf(request.headers["last-event-id"] ?? query.get("after") ?? undefined),
  });
  return {
    status: 200,
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    body: eventStream(events, { seesPayloads: person.seesPayloads, filter }),
  };
}

function windowIn(query: URLSearchParams): string | undefined {
  const text = query.get("viewer") ?? "";
  return /^[A-Za-z0-9-]{1,64}$/.test(text) ? text : undefined;
}

import { streamUnknown } from "../../problems.ts";
import { eventStream, filterOf, lastEventOf, viewerOf } from "../../hits/events.ts";
import { filterCharactersMax } from "../../hits/filter.ts";
import type { Tail } from "../../hits/tail.ts";
import { demandPayloads } from "../../people/who.ts";
import { type Registry, registryDeadlineMs } from "../../registry.ts";
import { route, type Route } from "../route.ts";
import { idParameter } from "../parameters.ts";

interface TailPorts {
  registry: Pick<Registry, "read">;
  tail: Tail;
}

/** Hits as they arrive, as server-sent events. */
export function tailRoutes({ registry, tail }: TailPorts): Route[] {
  return [
    route<{ id: string }, { viewer?: string; filter?: string }>({
      method: "GET",
      path: "/v1/streams/{id}/tail",
      operation: "tailStream",
      role: "viewer",
      payloads: "part",
      summary:
        "Server-sent events: hit (with an id to go on from), left_out (hits that are stored yet not shown; how many, where " +
        "that is known), heartbeat every 10 s",
      parameters: [
        idParameter,
        {
          name: "Last-Event-ID",
          in: "header",
          description:
            "the id of the last event that arrived; the 200 newest hits are kept for those who come back",
          schema: { type: "string" },
        },
        {
          name: "viewer",
          in: "query",
          description:
            "any 1 to 64 letters, digits and -, the same again after a broken connection: in the cloud what comes meanwhile is kept for it for 15 minutes",
          schema: { type: "string", pattern: "^[A-Za-z0-9-]{1,64}$" },
        },
        {
          name: "filter",
          in: "query",
          description:
            "a text anywhere in what was sent, or field=value: each hit then says in `holds` whether it has that, and nothing " +
            "where its body is kept no longer; of a body over 1 MiB the first 1 MiB is looked at. Only for people who may see payloads",
          schema: { type: "string", maxLength: filterCharactersMax },
        },
      ],
      answer: {
        status: 200,
        description: "The events",
        content: { "text/event-stream": { type: "string" } },
      },
      problems: ["stream_unknown", "tail_full", "registry_down", "not_here", "payloads_hidden"],
      async handle({ path: { id }, query: { viewer, filter: typed }, headers, gone, who }) {
        const filter = filterOf(typed, () => demandPayloads(who));
        if ((await registry.read(id, { deadlineMs: registryDeadlineMs })) === undefined)
          throw streamUnknown();
        const events = tail.follow(id, {
          gone,
          ...viewerOf(who, viewer),
          ...lastEventOf(headers["last-event-id"]),
        });
        return {
          status: 200,
          headers: {
            "content-type": "text/event-stream",
            "cache-control": "no-store",
          },
          body: eventStream(events, { seesPayloads: who.seesPayloads, filter }),
        };
      },
    }),
  ];
}

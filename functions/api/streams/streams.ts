import type { Health } from "../../health/health.ts";
import { withHealth } from "../../health/shown.ts";
import { type ReadPorts, withActivity } from "../../activity/read.ts";
import {
  addStream,
  type ChangePorts,
  findReading,
  removeStream,
  updateStream,
} from "../../streams/change.ts";
import { withHits, withLooks } from "../../streams/looks/remembered.ts";
import { withoutFound } from "../../streams/looks/look.ts";
import { readAll } from "../../streams/reading.ts";
import { streamSchema, writableFields } from "../../streams/document.ts";
import { type StreamView, viewStreams } from "../../streams/view.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref, uuid } from "../schema.ts";

/** Streams: listed, added, changed, removed. Only a person's request writes a document. */
export function streamRoutes(ports: ChangePorts & ReadPorts & { health: Health }): Route[] {
  const all = async () => readAll(await ports.registry.list(), ports);

  return [
    route<unknown, { removed: boolean; activity: boolean }>({
      method: "GET",
      path: "/v1/streams",
      operation: "listStreams",
      role: "viewer",
      payloads: "part",
      summary: "All streams, also those whose document is invalid, ordered by id",
      parameters: [
        {
          name: "removed",
          in: "query",
          description: "true or false: whether removed streams are listed too",
          schema: { type: "boolean", default: false },
        },
        {
          name: "activity",
          in: "query",
          description:
            "true or false: whether each stream says when its last hit came, how many today, and whether that is as usual",
          schema: { type: "boolean", default: false },
        },
      ],
      answer: jsonAnswer("The streams", ref("Streams")),
      problems: ["registry_down"],
      async handle({ query, who }) {
        const readings = await all();
        const shown = query.removed ? readings : readings.filter(({ removed }) => !removed);
        const looked = await withLooks(ports, await viewStreams(ports, shown, readings), shown);
        const views = who.seesPayloads ? looked : looked.map(withoutFound);
        if (!query.activity) return json({ streams: views });
        return json(await withHealth(ports.health, who, await withActivity(ports, views, shown), shown));
      },
    }),

    route<unknown, unknown, Record<string, unknown>>({
      method: "POST",
      path: "/v1/streams",
      operation: "addStream",
      role: "editor",
      payloads: "none",
      summary: "Adds a stream: makes its address, and its dataset where the warehouse lets us",
      body: {
        type: "object",
        required: [...streamSchema.required],
        properties: { ...writable, id: addressSchema },
        additionalProperties: false,
      },
      sayings: {
        ...sayings,
        id: { hint: "allowed is a UUID in lower case; one is made where it is left out" },
      },
      answer: jsonAnswer("The stream", ref("Stream"), 201),
      problems: ["stream_refused", "table_shared", "schema_differs", "registry_down", "registry_conflict"],
      handle: async ({ body, who }) => json(await addStream(ports, who, body), 201),
    }),

    route<{ id: string }, { hits: boolean }>({
      method: "GET",
      path: "/v1/streams/{id}",
      operation: "showStream",
      role: "viewer",
      payloads: "part",
      summary: "One stream, also an invalid or a removed one",
      parameters: [
        idParameter,
        {
          name: "hits",
          in: "query",
          description:
            "true or false: whether its last 1,000 hits of the last 7 days are read, to say what they hold; the answer has what was found before otherwise",
          schema: { type: "boolean", default: false },
        },
      ],
      answer: jsonAnswer("The stream", ref("Stream")),
      problems: ["stream_unknown", "registry_down"],
      async handle({ path: { id }, query: { hits }, who }) {
        const readings = await all();
        const reading = findReading(readings, id);
        const [view] = (await viewStreams(ports, [reading], readings)) as [StreamView];
        const shown = hits
          ? await withHits(ports, view, reading)
          : (await withLooks(ports, [view], [reading]))[0]!;
        return json(who.seesPayloads ? shown : withoutFound(shown));
      },
    }),

    route<{ id: string }, unknown, Record<string, unknown>>({
      method: "PATCH",
      path: "/v1/streams/{id}",
      operation: "updateStream",
      role: "editor",
      payloads: "none",
      summary: "Changes fields of a stream; null takes one away. The state pauses and resumes it",
      parameters: [idParameter],
      body: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(writable).map(([name, schema]) => [name, { anyOf: [schema, { type: "null" }] }]),
        ),
        additionalProperties: false,
        minProperties: 1,
      },
      sayings,
      answer: jsonAnswer("The stream", ref("Stream")),
      problems: [
        "stream_unknown",
        "stream_refused",
        "stream_read_only",
        "stream_closed_for_good",
        "table_shared",
        "schema_differs",
        "registry_down",
        "registry_conflict",
      ],
      handle: async ({ path: { id }, body, who }) => json(await updateStream(ports, who, id, body)),
    }),

    route<{ id: string }>({
      method: "DELETE",
      path: "/v1/streams/{id}",
      operation: "removeStream",
      role: "editor",
      payloads: "none",
      summary:
        "Closes a stream for ever and hides it from the list; its table stays, its address is never used again",
      parameters: [idParameter],
      answer: jsonAnswer("The removed stream", ref("Stream")),
      problems: ["stream_unknown", "stream_read_only", "registry_down", "registry_conflict"],
      handle: async ({ path: { id }, who }) => json(await removeStream(ports, who, id)),
    }),
  ];
}

const addressSchema = {
  ...uuid,
  description:
    "The address that the stream had in another installation, so that its senders go on using it; a fresh one where left out",
};

/** What a person writes; the times are ours, and only DELETE closes. */
const { schemas: writable, sayings } = writableFields();

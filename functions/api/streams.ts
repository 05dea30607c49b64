import { randomUUID } from "node:crypto";
import {
  streamClosedForGood,
  streamReadOnly,
  streamRefused,
  streamUnknown,
  tableShared,
} from "../problem.ts";
import { hints, streamSchema, type Stream } from "../streams/stream.ts";
import { tableName } from "../table.ts";
import { makeDataset } from "../streams/dataset.ts";
import type { AdminPorts } from "./ports.ts";
import { json, jsonAnswer, type Parameter, ref, route, type Route, type Schema } from "./route.ts";
import { refuseUnusable, refuseViewNames, renewCurrent } from "../streams/table.ts";
import { differentUsers, readAll, type Reading, viewStreams } from "../streams/view.ts";

/** Streams: listed, added, changed, removed. Only a person's request writes a document. */
export function streamRoutes(ports: AdminPorts): Route[] {
  const { registry, defaultDataset, now, newId = randomUUID } = ports;

  const all = async () => readAll(await registry.list(), defaultDataset);
  const find = (readings: readonly Reading[], id: string): Reading => {
    const found = readings.find((reading) => reading.id === id);
    if (found === undefined) throw streamUnknown();
    return found;
  };
  /** The stream as it now is, with what was noticed on the way. */
  const show = async (id: string, status: number, warnings: readonly string[] = []) => {
    const readings = await all();
    const [view] = await viewStreams(ports, [find(readings, id)], readings);
    return json({ ...view, warnings: [...warnings, ...view!.warnings] }, status);
  };

  return [
    route<unknown, { removed: boolean }>({
      method: "GET",
      path: "/v1/streams",
      operation: "listStreams",
      summary: "All streams, also those whose document is invalid, ordered by id",
      parameters: [
        {
          name: "removed",
          in: "query",
          description: "true or false: whether removed streams are listed too",
          schema: { type: "boolean", default: false },
        },
      ],
      answer: jsonAnswer("The streams", ref("Streams")),
      problems: ["registry_down"],
      async handle({ query }) {
        const readings = await all();
        const shown = query.removed ? readings : readings.filter(({ removed }) => !removed);
        return json({ streams: await viewStreams(ports, shown, readings) });
      },
    }),

    route<unknown, unknown, Record<string, unknown>>({
      method: "POST",
      path: "/v1/streams",
      operation: "addStream",
      summary: "Adds a stream: makes its address, and its dataset where the warehouse lets us",
      body: {
        type: "object",
        required: ["table", "offset"],
        properties: writable,
        additionalProperties: false,
      },
      hints: bodyHints,
      answer: jsonAnswer("The stream", ref("Stream"), 201),
      problems: ["stream_refused", "table_shared", "schema_differs", "registry_down", "registry_conflict"],
      async handle({ body }) {
        const id = newId();
        const at = new Date(now()).toISOString();
        const document = { ...body, created_at: at, updated_at: at };
        const stream = readable(id, document, defaultDataset);
        const readings = await all();
        refuseShared(stream, readings);
        refuseViewNames(stream, readings);
        await refuseUnusable(ports, stream);
        await registry.write(id, document, null);
        return show(id, 201, await makeDataset(ports, stream));
      },
    }),

    route<{ id: string }>({
      method: "GET",
      path: "/v1/streams/{id}",
      operation: "showStream",
      summary: "One stream, also an invalid or a removed one",
      parameters: [idParameter],
      answer: jsonAnswer("The stream", ref("Stream")),
      problems: ["stream_unknown", "registry_down"],
      handle: ({ path }) => show(path.id, 200),
    }),

    route<{ id: string }, unknown, Record<string, unknown>>({
      method: "PATCH",
      path: "/v1/streams/{id}",
      operation: "updateStream",
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
      hints: bodyHints,
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
      async handle({ path: { id }, body }) {
        const readings = await all();
        const before = find(readings, id);
        refuseReadOnly(before);
        if (before.removed || before.document["state"] === "closed") throw streamClosedForGood();
        const document = merge(before.document, body);
        document["updated_at"] = new Date(now()).toISOString();
        const stream = readable(id, document, defaultDataset);
        // Two streams that differ already may still be renamed or paused.
        if ("table" in body || "key" in body || "updated" in body) refuseShared(stream, readings);
        if ("table" in body) {
          refuseViewNames(stream, readings);
          await refuseUnusable(ports, stream);
        }
        await registry.write(id, document, before.version);
        const otherView = (["key", "updated"] as const).some(
          (field) => before.document[field] !== document[field],
        );
        return show(id, 200, [
          ...("table" in body ? await makeDataset(ports, stream) : []),
          ...(otherView ? await renewCurrent(ports, stream) : []),
        ]);
      },
    }),

    route<{ id: string }>({
      method: "DELETE",
      path: "/v1/streams/{id}",
      operation: "removeStream",
      summary:
        "Closes a stream for ever and hides it from the list; its table stays, its address is never used again",
      parameters: [idParameter],
      answer: jsonAnswer("The removed stream", ref("Stream")),
      problems: ["stream_unknown", "stream_read_only", "registry_down", "registry_conflict"],
      async handle({ path: { id } }) {
        const before = find(await all(), id);
        // Asked twice: it is removed already.
        if (before.removed) return show(id, 200);
        refuseReadOnly(before);
        const at = new Date(now()).toISOString();
        await registry.write(
          id,
          {
            ...before.document,
            state: "closed",
            updated_at: at,
            removed_at: at,
          },
          before.version,
        );
        return show(id, 200);
      },
    }),
  ];
}

export const idParameter: Parameter = {
  name: "id",
  in: "path",
  description: "The id of the stream: a UUID, or what somebody named the document by hand",
  schema: { type: "string", minLength: 1, maxLength: 1500 },
};

const { table, offset, name, methods, key, updated, managed_by } = streamSchema.properties;
/** What a person writes; the times are ours, and only DELETE closes. */
const writable: Readonly<Record<string, Schema>> = {
  table,
  offset,
  name,
  state: {
    description: "paused answers 503 to hits; active where left out",
    enum: ["active", "paused"],
  },
  methods,
  key,
  updated,
  managed_by,
};
const bodyHints = {
  ...hints,
  state: "allowed are active and paused; DELETE closes a stream for ever",
  managed_by: "allowed are 1 to 80 characters",
};

function merge(
  before: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null));
}

function readable(id: string, document: Record<string, unknown>, defaultDataset: string): Stream {
  const [{ lookup }] = readAll([{ id, document, version: "" }], defaultDataset) as [Reading];
  if (lookup.kind === "invalid") throw streamRefused({ problems: lookup.problems });
  return lookup.stream;
}

function refuseShared(stream: Stream, readings: readonly Reading[]): void {
  const [first] = differentUsers(stream, readings);
  if (first !== undefined) throw tableShared({ table: tableName(stream.table), ...first });
}

function refuseReadOnly({ document }: Reading): void {
  const manager = document["managed_by"];
  if (manager === undefined || manager === null || manager === "api") return;
  throw streamReadOnly({
    manager: typeof manager === "string" ? manager.slice(0, 80) : "something else",
  });
}

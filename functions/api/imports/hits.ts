import { previewHit, type PreviewPorts, type Sample } from "../../import/hits/preview.ts";
import { listRejectedItems } from "../../import/hits/rejected.ts";
import type { FilePorts } from "../../import/load/files.ts";
import { fields, rejectCodes } from "../../import/rejects.ts";
import { backendEventsSchema } from "../../streams/records/backend-events.ts";
import { idParameter } from "../parameters.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { count, day, object, ref, type Schema, type Schemas, text, unixMs, uuid } from "../schema.ts";
import { importParameter } from "./imports.ts";

/** Hits that become backend events. */
export function importHitRoutes(ports: PreviewPorts & FilePorts): Route[] {
  return [
    route<{ id: string }, unknown, Sample>({
      method: "POST",
      path: "/v1/streams/{id}/backend-events",
      operation: "previewBackendEvents",
      role: "editor",
      payloads: "none",
      isRead: true,
      summary: "Says which backend events a hit of the stream would be; nothing is written",
      parameters: [idParameter],
      body: {
        type: "object",
        required: ["body"],
        properties: {
          body: { ...text, description: "the hit's body as text, up to 1 MiB", maxLength: 1_048_576 },
          content_type: { ...text, description: "its Content-Type, 1 to 1024 characters", maxLength: 1_024 },
          backend_events: { ...backendEventsSchema, description: "in the place of what the stream has" },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("The events, and the items that are none", ref("BackendEventsPreview")),
      problems: ["stream_unknown", "stream_refused", "registry_down"],
      handle: async ({ path: { id }, body }) => json(await previewHit(ports, id, body)),
    }),

    route<{ name: string }, { limit: number }>({
      method: "GET",
      path: "/v1/imports/{name}/rejects",
      operation: "listRejectedItems",
      role: "viewer",
      payloads: "whole",
      summary: "Items of hits that are no backend events, and why; the newest first",
      parameters: [
        importParameter,
        {
          name: "limit",
          in: "query",
          description: "how many, 1 to 1000",
          schema: { type: "integer", minimum: 1, maximum: 1_000, default: 100 },
        },
      ],
      answer: jsonAnswer("The items", ref("RejectedItems")),
      problems: ["import_unknown", "warehouse_down", "dataset_missing", "table_forbidden"],
      handle: async ({ path: { name }, query }) =>
        json({ rejects: await listRejectedItems(ports, name, query) }),
    }),
  ];
}

const code: Schema = { enum: Object.keys(rejectCodes) };
const row: Schema = { ...count, description: "The item's place in the hit, from 1" };

/** Answers about hits that become backend events. */
export const importHitSchemas: Schemas = {
  BackendEventsPreview: object({
    events: {
      type: "array",
      items: object({
        row,
        date: day,
        ev: text,
        reference_ev: { type: "array", items: text },
        reference_id: text,
        value: { type: ["string", "null"], description: "A decimal as text" },
      }),
    },
    rejects: {
      type: "array",
      items: object({
        row,
        faults: {
          type: "array",
          items: object({ code, says: text }, { field: { enum: fields }, value: text, hint: text }),
        },
      }),
    },
    left: { ...count, description: "Items for which no rule holds: they are no events" },
  }),
  RejectedItems: object({
    rejects: {
      type: "array",
      items: object({
        hit_id: uuid,
        row,
        found_at: unixMs,
        codes: { type: "array", items: code },
        says: text,
        raw: text,
      }),
    },
  }),
};

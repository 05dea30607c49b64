import { statusOf, type StatusPorts } from "../activity/status.ts";
import { json, jsonAnswer, route, type Route } from "./route.ts";
import { count, object, ref, type Schemas, text, unixMs } from "./schema.ts";

/** How everything is. */
export function statusRoutes(ports: StatusPorts): Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/status",
      operation: "status",
      role: "viewer",
      payloads: "none",
      summary: "How everything is: the queue, the registry, the warehouse, what waits",
      answer: jsonAnswer(
        "The status; a part that cannot be told is left out, and its check says why",
        ref("Status"),
      ),
      problems: [],
      handle: async () => json(await statusOf(ports)),
    }),
  ];
}

/** The answer about everything. */
export const statusSchemas: Schemas = {
  Status: object(
    {
      version: text,
      collect_url: text,
      queue: object(
        {},
        {
          waiting: count,
          oldest_received_at: unixMs,
          grows_since: {
            ...unixMs,
            description: "Only where the backlog has grown for 10 minutes or longer",
          },
        },
      ),
      dead_letters: object(
        {},
        {
          waiting: { ...count, description: "Absent while it cannot be told" },
          at_least: { const: true, description: "There are more than so many" },
        },
      ),
      streams: object(
        {},
        {
          total: count,
          invalid: {
            ...count,
            description: "Invalid documents, and ids that no address reaches",
          },
        },
      ),
      checks: {
        type: "array",
        items: object({ name: text, ok: { type: "boolean" } }, { detail: text }),
      },
    },
    {
      disk: object({
        free_bytes: count,
        used_bytes: { ...count, description: "By the files of the data folder" },
      }),
    },
  ),
};

import { findHit, type FindPorts, withoutPayloads } from "../hits/find.ts";
import { asJson, hitIdParameter } from "./parameters.ts";
import { json, jsonAnswer, route, type Route } from "./route.ts";
import { day, object, ref, type Schemas, text, unixMs, uuid } from "./schema.ts";

/** Where is my hit? */
export function hitRoutes(ports: FindPorts): Route[] {
  return [
    route<{ hit_id: string }, { since?: string; stream_id?: string }>({
      method: "GET",
      path: "/v1/hits/{hit_id}",
      operation: "findHit",
      role: "viewer",
      payloads: "part",
      summary: "Where one hit is: waiting, in a table, a dead letter, or not found; and what was searched",
      parameters: [
        hitIdParameter,
        {
          name: "since",
          in: "query",
          description:
            "a date such as 2026-11-01: rows of earlier days are not searched, dead letters of all days are. Where left out: 7 days back in the cloud, all days on one machine",
          schema: day,
        },
        {
          name: "stream_id",
          in: "query",
          description:
            "the UUID of the stream it was sent to: only the table that stream writes to now is searched. Where left out, the tables of all streams are; on one machine also those that streams wrote to before",
          schema: hitIdParameter.schema,
        },
      ],
      answer: jsonAnswer("What is known of the hit", ref("Hit")),
      problems: [
        "stream_unknown",
        "registry_down",
        "queue_down",
        "warehouse_down",
        "table_forbidden",
        "schema_differs",
      ],
      async handle({ path, query, who }) {
        const hitId = path.hit_id.toLowerCase();
        const { since, stream_id } = query;
        const sought = await findHit(ports, hitId, { since, streamId: stream_id?.toLowerCase() });
        const found = who.seesPayloads ? sought : withoutPayloads(sought);
        const { searched, letter, oldestWaitingReceivedAt } = found;
        return json({
          hit_id: hitId,
          state: found.state,
          rows: found.rows.map(({ table, row }) => ({ table, row: asJson(row) })),
          ...(letter !== undefined && { dead_letter: letter }),
          queue: found.queue,
          searched: {
            tables: searched.tables,
            dead_letters: true,
            queue: found.queue !== "unknown",
            ...(searched.since !== undefined && { since: searched.since }),
            ...(searched.skipped.length > 0 && { skipped: searched.skipped }),
          },
          ...(oldestWaitingReceivedAt !== undefined && {
            oldest_waiting_received_at: oldestWaitingReceivedAt,
          }),
        });
      },
    }),
  ];
}

/** The answer about one hit. */
export const hitSchemas: Schemas = {
  Hit: object(
    {
      hit_id: uuid,
      state: { enum: ["waiting", "in_table", "dead_letter", "not_found"] },
      rows: {
        type: "array",
        items: object({ table: text, row: { type: "object" } }),
      },
      queue: {
        enum: ["waiting", "absent", "unknown"],
        description: "unknown: this queue cannot be searched",
      },
      searched: object(
        {
          tables: { type: "array", items: text },
          dead_letters: { const: true },
          queue: { type: "boolean" },
        },
        {
          since: day,
          skipped: {
            type: "array",
            items: object({ table: text, why: text }),
            description: "Tables that could not be searched",
          },
        },
      ),
    },
    {
      dead_letter: { $ref: "#/components/schemas/DeadLetter" },
      oldest_waiting_received_at: unixMs,
    },
  ),
};

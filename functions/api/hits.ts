import { counted } from "../counted.ts";
import { searchDays, type SearchPorts, searchText, textRule } from "../hits/search.ts";
import { findHit, type FindPorts, withoutPayloads } from "../hits/find.ts";
import { asJson, hitIdParameter } from "./parameters.ts";
import { json, jsonAnswer, route, type Route } from "./route.ts";
import { count, day, object, ref, type Schemas, streamRefSchema, text, unixMs, uuid } from "./schema.ts";

/** Where is my hit? */
export function hitRoutes(ports: FindPorts & SearchPorts): Route[] {
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
      async handle({ path, query, who, gone }) {
        const hitId = path.hit_id.toLowerCase();
        const { since, stream_id } = query;
        const sought = await findHit(ports, hitId, {
          since,
          streamId: stream_id?.toLowerCase(),
          signal: gone,
        });
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

    route<unknown, { text?: string; since?: string; stream_id?: string }>({
      method: "GET",
      path: "/v1/hits",
      operation: "searchHits",
      role: "viewer",
      payloads: "whole",
      summary:
        "The newest 50 hits that hold a text in body, query string or headers, such as an order number or the name that the sender gave the delivery; and what was searched",
      parameters: [
        {
          name: "text",
          in: "query",
          description: textRule,
          schema: { type: "string", minLength: 1, maxLength: 1_000 },
        },
        {
          name: "since",
          in: "query",
          description: `a date such as 2026-11-01: nothing of earlier days is searched; ${counted(searchDays.usual, "day")} back where left out, ${searchDays.max} at most`,
          schema: day,
        },
        {
          name: "stream_id",
          in: "query",
          description: "the UUID of a stream: only the table that it writes to now is searched",
          schema: hitIdParameter.schema,
        },
      ],
      answer: jsonAnswer("What holds the text", ref("FoundHits")),
      problems: [
        "stream_unknown",
        "registry_down",
        "warehouse_down",
        "table_forbidden",
        "schema_differs",
        "query_refused",
        "answer_too_large",
        "statement_too_dear",
        "day_spent",
      ],
      async handle({ query: { text: sought = "", since, stream_id }, gone }) {
        const options = { since, streamId: stream_id?.toLowerCase(), signal: gone };
        const { hits, isMore, letters, searched } = await searchText(ports, sought, options);
        return json({
          hits,
          ...(isMore && { more: true }),
          dead_letters: letters,
          searched: {
            since: searched.since,
            tables: searched.tables,
            dead_letters: searched.letters,
            ...(searched.lettersLeftOut && { dead_letters_left_out: true }),
            queue: false,
            refused_requests: false,
            ...(searched.skipped.length > 0 && { skipped: searched.skipped }),
          },
        });
      },
    }),
  ];
}

const skipped = {
  type: "array",
  items: object({ table: text, why: text }),
  description: "Tables that could not be searched",
};

/** The answers about one hit, and about those that hold a text. */
export const hitSchemas: Schemas = {
  FoundHits: object(
    {
      hits: {
        type: "array",
        items: object(
          { hit_id: uuid, table: text, received_at: unixMs, date: day },
          {
            stream_ref: streamRefSchema,
            is_test: { const: true },
            is_delivery: {
              const: true,
              description: "The text is the name that the sender gave the delivery",
            },
          },
        ),
      },
      dead_letters: { type: "array", items: { $ref: "#/components/schemas/DeadLetter" } },
      searched: object(
        {
          since: day,
          tables: { type: "array", items: text },
          dead_letters: { ...count, description: "So many of the newest were looked through" },
          queue: { const: false },
          refused_requests: { const: false, description: "Nothing of them is stored but their number" },
        },
        {
          dead_letters_left_out: { const: true, description: "Older or larger ones were not" },
          skipped,
        },
      ),
    },
    { more: { const: true, description: "There are more hits than these" } },
  ),
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
          skipped,
        },
      ),
    },
    {
      dead_letter: { $ref: "#/components/schemas/DeadLetter" },
      oldest_waiting_received_at: unixMs,
    },
  ),
};

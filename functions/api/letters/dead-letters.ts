import { letterStates, reasons } from "../../letters/letter.ts";
import { letterUnknown, requestRefused } from "../../problems.ts";
import { textOf } from "../../hits/row.ts";
import { readHits } from "../../letters/bodies.ts";
import { letterWithoutPayload, selectLetters } from "../../letters/states.ts";
import { hitIdParameter } from "../parameters.ts";
import { type LetterFilter, matching } from "../../letters/choose.ts";
import { discard, replay, type ReplayPorts } from "../../letters/replay.ts";
import { isDay } from "../../streams/calendar.ts";
import { json, jsonAnswer, type Parameter, route, type Route } from "../route.ts";
import { streamRef } from "../../stream-ref.ts";
import { day, ref, type Schema, streamRefSchema, uuid } from "../schema.ts";

/** Dead letters: looked at, replayed once their cause is fixed, or discarded with a note. */
export function deadLetterRoutes(ports: ReplayPorts): Route[] {
  return [
    route<unknown, LetterFilter & { state?: string; stream_id?: string; limit: number; offset: number }>({
      method: "GET",
      path: "/v1/dead-letters",
      operation: "listDeadLetters",
      role: "viewer",
      payloads: "part",
      summary: "Dead letters, those that failed last first",
      parameters: [
        {
          name: "state",
          in: "query",
          description: `one of ${letterStates.join(", ")}; all where left out`,
          schema: { enum: letterStates },
        },
        {
          name: "stream_id",
          in: "query",
          description: "the UUID of a stream",
          schema: uuid,
        },
        {
          name: "stream_ref",
          in: "query",
          description: "a stream as rows and logs name it, 12 hex digits",
          schema: streamRefSchema,
        },
        {
          name: "reason",
          in: "query",
          description: `one of ${reasons.join(", ")}`,
          schema: { enum: reasons },
        },
        ...Object.entries(days).map(([name, schema]): Parameter => ({
          name,
          in: "query",
          description: schema.description,
          schema,
        })),
        {
          name: "limit",
          in: "query",
          description: "how many, 1 to 1000",
          schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
        },
        {
          name: "offset",
          in: "query",
          description: "how many are left out first, 0 to 1000000",
          schema: {
            type: "integer",
            minimum: 0,
            maximum: 1_000_000,
            default: 0,
          },
        },
      ],
      answer: jsonAnswer("The dead letters", ref("DeadLetters")),
      problems: warehouseProblems,
      async handle({ query: { limit, offset, stream_id, state, ...filter }, who }) {
        demandDays(filter);
        const where = [
          ...(stream_id === undefined ? [] : matching({ stream_ref: streamRef(stream_id) })),
          ...(state === undefined ? [] : [{ column: "state", is: "=", value: state } as const]),
          ...matching(filter),
        ];
        const orderBy = [{ column: "at", descending: true }, { column: "hit_id" }];
        const letters = await selectLetters(ports, where, { orderBy, limit, offset });
        return json({ dead_letters: who.seesPayloads ? letters : letters.map(letterWithoutPayload) });
      },
    }),

    route<{ hit_id: string }>({
      method: "GET",
      path: "/v1/dead-letters/{hit_id}",
      operation: "showDeadLetter",
      role: "viewer",
      payloads: "whole",
      summary: "One dead letter with its body",
      parameters: [hitIdParameter],
      answer: jsonAnswer("The dead letter", ref("DeadLetterBody")),
      problems: ["letter_unknown", ...warehouseProblems],
      async handle({ path }) {
        const where = [{ column: "hit_id", is: "=", value: path.hit_id.toLowerCase() }] as const;
        const [letter] = await selectLetters(ports, where, { limit: 1 });
        if (letter === undefined) throw letterUnknown();
        const [hit] = await readHits(ports, [letter]);
        const body_base64 = Buffer.from(hit!.body).toString("base64");
        return json({ ...letter, body_base64, text: await textOf(hit!) });
      },
    }),

    route<unknown, unknown, { hit_id: string; by?: string; let_through?: boolean }>({
      method: "POST",
      path: "/v1/dead-letters/replay",
      operation: "replayDeadLetter",
      role: "editor",
      payloads: "none",
      summary:
        "Sends one waiting dead letter on its way again, with the hit_id and received_at it has; many are a job",
      body: theOne({ by, let_through: letThrough }, []),
      answer: jsonAnswer("It is on its way", ref("Replayed")),
      problems: [
        "letter_unknown",
        "letter_not_waiting",
        "letter_kept_apart",
        "cause_persists",
        "queue_down",
        "registry_down",
        "row_refused",
        ...warehouseProblems,
      ],
      handle: async ({ body: { by, ...asked }, who }) => json(await replay(ports, asked, who, by)),
    }),

    route<unknown, unknown, { hit_id: string; note: string; by?: string }>({
      method: "POST",
      path: "/v1/dead-letters/discard",
      operation: "discardDeadLetter",
      role: "editor",
      payloads: "none",
      summary: "Gives up on one waiting dead letter, with a note that says why; it stays readable",
      body: theOne({ note, by }, ["note"]),
      answer: jsonAnswer("It is given up", ref("Discarded")),
      problems: ["letter_unknown", "letter_not_waiting", "row_refused", ...warehouseProblems],
      handle: async ({ body: { by, ...asked }, who }) => json(await discard(ports, asked, who, by)),
    }),
  ];
}

export const warehouseProblems = [
  "warehouse_down",
  "table_forbidden",
  "dataset_missing",
  "table_missing",
  "schema_differs",
  "query_refused",
  "answer_too_large",
];

/** Which days' letters are meant. */
export const days = {
  since: {
    ...day,
    description:
      "a date such as 2026-11-14: no letters of earlier days, by the day that their hits have in a table",
  },
  until: { ...day, description: "the last such day" },
};

/** @throws request_refused */
export function demandDays({ since, until }: LetterFilter): void {
  for (const [name, given] of Object.entries({ since, until }))
    if (given !== undefined && !isDay(given))
      throw requestRefused({
        what: `${name} is ${given}, which is no day; allowed is one such as 2026-11-01`,
      });
  if (since !== undefined && until !== undefined && since > until)
    throw requestRefused({
      what: `since is ${since} and until is ${until}; allowed is an until that is not before since`,
    });
}

export const by: Schema = {
  description: "who asks for it, 1 to 200 characters; a person who is signed in is named by their own name",
  type: "string",
  minLength: 1,
  maxLength: 200,
};
const letThrough: Schema = {
  description: "of a hit that is kept apart: that it may go through all the same",
  type: "boolean",
};
export const note: Schema = {
  description: "why, 1 to 500 characters",
  type: "string",
  minLength: 1,
  maxLength: 500,
};

function theOne(more: Record<string, Schema>, required: readonly string[]): Schema {
  return {
    type: "object",
    required: ["hit_id", ...required],
    properties: { hit_id: { description: "the UUID of a hit, in lower case", ...uuid }, ...more },
    additionalProperties: false,
  };
}

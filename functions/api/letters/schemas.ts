import { letterStates, reasons } from "../../letters/letter.ts";
import {
  count,
  day,
  object,
  type Schema,
  type Schemas,
  streamRefSchema,
  text,
  unixMs,
  uuid,
} from "../schema.ts";

const letter = {
  required: {
    hit_id: uuid,
    stream_ref: { ...streamRefSchema, description: "Which stream, as rows and logs name it" },
    received_at: unixMs,
    date: day,
    reason: {
      enum: [...reasons],
      description: "Why it could not become a row",
    },
    detail: { ...text, description: "What happened and what to do" },
    attempt: {
      ...count,
      description: "0, or the number of the replay that failed last",
    },
    at: {
      ...unixMs,
      description: "When it failed last, Unix time in milliseconds",
    },
    state: { enum: [...letterStates] },
    bytes: { ...count, description: "Size of the body" },
  },
  optional: {
    content_type: text,
    content_encoding: {
      ...text,
      description: "Present where the body could not be inflated and is kept as sent",
    },
    query: text,
    headers: {
      type: "object",
      additionalProperties: text,
      description: "What the row keeps of the sender's headers, by lower-case name",
    },
    is_test: { type: "boolean" },
    kept_apart: {
      const: true,
      description: "Nobody could tell who sent it: only a replay of this very hit lets it through",
    },
  },
};

/** One request does so much as it has time for. */
const rest: Record<string, Schema> = {
  more: {
    const: true,
    description: "The time of one request is over: send it again, with until, for the rest",
  },
  until: {
    ...unixMs,
    description: "Beside more: what failed later is not part of the request",
  },
};

/** Answers about dead letters. */
export const letterSchemas: Schemas = {
  DeadLetter: object(letter.required, letter.optional),
  DeadLetters: object({
    dead_letters: {
      type: "array",
      items: { $ref: "#/components/schemas/DeadLetter" },
    },
  }),
  DeadLetterBody: object(
    {
      ...letter.required,
      body_base64: { ...text, description: "The body byte for byte" },
      text: {
        ...text,
        description: "The body as UTF-8; U+FFFD where it is none",
      },
    },
    letter.optional,
  ),
  Replayed: object(
    {
      replayed: { ...count, description: "How many went to the queue again" },
      refused: {
        type: "array",
        description:
          "Streams whose dead letters stay, since they would fail again; without a stream: those that are kept apart",
        items: object({ why: text }, { stream_ref: streamRefSchema }),
      },
    },
    rest,
  ),
  Discarded: object({ discarded: count }, rest),
};

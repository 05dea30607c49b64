import { countedMax } from "../../letters/job.ts";
import { letterStates, reasons } from "../../letters/letter.ts";
import { count, day, object, type Schemas, streamRefSchema, text, unixMs, uuid } from "../schema.ts";

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

const outcome = object({
  sent: { ...count, description: "How many are on their way again, or were" },
  written: { ...count, description: "Rows by now" },
  failed_again: { ...count, description: "Dead letters again, which wait" },
  on_their_way: { ...count, description: "Neither a row nor a dead letter so far" },
  discarded: { ...count, description: "Failed again, and discarded since" },
  replayed_again: { ...count, description: "Failed again, and replayed once more since" },
});

const job = object(
  {
    id: text,
    what: { enum: ["replay", "discard"] },
    state: {
      enum: ["running", "done", "failed", "stopped"],
      description:
        "failed: it ended early, trouble says why; stopped: a person ended it; what still waits can be begun again",
    },
    of: { ...count, description: `How many waited when it began, counted up to ${countedMax}` },
    done: { ...count, description: "How many are on their way again, or given up" },
    refused: {
      type: "array",
      description:
        "Streams whose dead letters stay, since they would fail again, at most 100; without a stream: those that are kept apart",
      items: object({ why: text }, { stream_ref: streamRefSchema }),
    },
    started_at: unixMs,
    updated_at: unixMs,
  },
  {
    stream_ref: streamRefSchema,
    reason: { enum: [...reasons] },
    note: text,
    by: text,
    about: { const: true, description: "A process was killed meanwhile: some more may be done" },
    refused_more: { ...count, description: "How many more streams than refused has" },
    trouble: { ...text, description: "What the last step failed with; it is tried again while it runs" },
    ended_at: unixMs,
    since: day,
    until: day,
    stopping: { const: true, description: "It is to end with the batch that has begun" },
    stopped_by: text,
    outcome: {
      ...outcome,
      description: "Of a replay that has ended, where one job is asked for: as it is now",
    },
    outcome_unknown: { ...text, description: "Why the outcome cannot be counted just now" },
  },
);

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
  Replayed: object({ replayed: { const: 1 } }),
  Discarded: object({ discarded: { const: 1 } }),
  Job: job,
  Jobs: object({ jobs: { type: "array", items: { $ref: "#/components/schemas/Job" } } }),
};

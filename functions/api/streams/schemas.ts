import { lacks } from "../../streams/looks/look.ts";
import { letters } from "../../senders/live-secrets.ts";
import { shownFields } from "../../streams/document.ts";
import { badgeSchema, sentenceSchema } from "./health.ts";
import { streamFields } from "../../streams/fields.ts";
import {
  count,
  day,
  object,
  ref,
  type Schema,
  type Schemas,
  sentences,
  streamRefSchema,
  text,
  unixMs,
  uuid,
} from "../schema.ts";

// A document that somebody wrote by hand is shown as it is, so the fields of it may hold anything.
const documentFields = Object.fromEntries(
  shownFields().map(([name, { schema }]) => [name, { description: schema.description }]),
);

const checked: Schema = {
  type: "boolean",
  description: "Whether the table was counted: the hits are exact then, and about otherwise",
};
const activityCounts = {
  hits: {
    ...count,
    description: "Without tests; absent, with those below, where the day is not written yet",
  },
  tests: count,
  refused: { ...count, description: "Requests that were answered with an error" },
  dead_letters: { ...count, description: "Hits that became dead letters" },
  difference: {
    type: "integer",
    description: "Of a checked day: rows in the table that the counters did not know of",
  },
};
const last_hit_at: Schema = { ...unixMs, description: "Of the last 14 days; absent where there was none" };
const arrived = {
  today: object(
    {
      date: day,
      checked,
      refused_reasons: { type: "object", additionalProperties: count, description: "How many by code" },
    },
    activityCounts,
  ),
  week_ago: {
    ...object({ date: day, hits: count }),
    description: "A week before today: up to the same time of the day, about",
  },
};

const lastHits = object(
  {
    at: { ...unixMs, description: "When it was looked" },
    since: { ...day, description: "Rows of earlier days were not looked at" },
    truncated: { type: "boolean", description: "Whether their size cut them to fewer" },
    hits: { ...count, description: "Different hits" },
    tests: count,
    repeats: { ...count, description: "Rows of hits that were counted already" },
    with_fields: { ...count, description: "Hits whose payload could be parsed" },
    records: { ...count, description: "Hits, or items where the stream names them" },
    examples: {
      type: "array",
      items: object({ lacks: { enum: [...lacks] }, hit_id: uuid }, { found: text }),
      description: "One hit of each kind that failed",
    },
  },
  {
    with_key: { ...count, description: "Records that the key names" },
    with_time: { ...count, description: "Records whose updated can be read" },
    with_items: { ...count, description: "Hits in which a list was found" },
  },
);

const streamSecret = {
  slot: { ...text, description: "Which of the sender's secrets: main for most" },
  letter: { enum: letters },
  put_at: { ...unixMs, description: "When it was put" },
};

const partFields = Object.fromEntries(
  (["auth", "handshake", "answer", "items", "key", "updated", "delivery"] as const).map((name) => [
    name,
    { description: streamFields[name].schema.description },
  ]),
);
const sender = object(
  { name: { ...text, description: "The word" }, label: { ...text, description: "What people call it" } },
  {
    ...partFields,
    secrets: {
      type: "object",
      additionalProperties: text,
      description: "Which secrets are to be put, and where they are found",
    },
    thin: { const: true, description: "It sends names of records, and not what they hold" },
    notes: { ...sentences, description: "What to know before it is used" },
    unverified: { ...sentences, description: "What nobody has seen in the sender's own words" },
  },
);

/** Answers about streams. */
export const streamSchemas: Schemas = {
  Stream: object(
    {
      id: text,
      valid: {
        type: "boolean",
        description: "Whether the document can be used",
      },
      problems: { ...sentences, description: "Why it cannot" },
      warnings: { ...sentences, description: "What a person should look at" },
      reachable: {
        type: "boolean",
        description: "Whether the id can be an address",
      },
      state: { enum: ["active", "paused", "closed"] },
    },
    {
      endpoint: {
        ...text,
        description: "Where hits are sent; absent where nothing reaches the stream",
      },
      curl: { ...text, description: "A line to try it with" },
      hits: {
        ...lastHits,
        description:
          "What its last 1,000 hits of the last 7 days held when somebody looked; absent where nobody did since the stream last changed",
      },
      activity: {
        ...object(arrived, { last_hit_at }),
        description: "What arrived; only where asked for, and where it can be told",
      },
      health: {
        ...object({ badge: badgeSchema, sentence: sentenceSchema }),
        description:
          "Whether its hits come as usual; only where activity is asked for, and where it can be told",
      },
      suggested_id: {
        ...uuid,
        description: "An id that can be an address, where this one cannot",
      },
      ...documentFields,
    },
  ),
  Streams: object(
    { streams: { type: "array", items: { $ref: "#/components/schemas/Stream" } } },
    { warnings: { ...sentences, description: "What could not be told of all of them" } },
  ),
  Activities: object({
    at: { ...unixMs, description: "When it was looked" },
    streams: {
      type: "array",
      items: object(
        {
          id: text,
          stream_ref: streamRefSchema,
          ...arrived,
          days: {
            type: "array",
            items: object({ date: day, checked }, activityCounts),
            description: "The last 14 days, the earliest first; the last one is today",
          },
          dead_letters_waiting: { ...count, description: "Of all days; counted to 10,000 over all streams" },
        },
        { name: documentFields["name"]!, last_hit_at },
      ),
    },
  }),
  ActivityChecked: object(
    {
      days: { ...count, description: "Days of streams that were counted" },
      differing: { ...count, description: "Of these, those on which table and counters differ" },
      skipped: {
        type: "array",
        items: object({ table: text, why: text }),
        description: "Tables that could not be counted",
      },
    },
    { more: { const: true, description: "The time of one request is over: send it again for the rest" } },
  ),
  DeveloperLink: object(
    {
      path: { ...text, description: "Below the address of the panel" },
      until: { ...unixMs, description: "The last moment at which it opens" },
    },
    { url: { ...text, description: "Where the address of the panel is known" } },
  ),
  DeveloperLinksWithdrawn: object({ withdrawn: { type: "boolean" } }),
  Shapes: object({
    shapes: {
      type: "array",
      items: object(
        {
          name: text,
          about: text,
          source: { ...text, description: "Where its consumer says what it takes" },
          cells: {
            type: "array",
            items: object(
              { name: text, says: text, required: { type: "boolean" } },
              { usual: { ...text, description: "What it is where nobody says" } },
            ),
          },
        },
        { one_of: { ...sentences, description: "Cells of which one has to be there" } },
      ),
    },
  }),
  Reconciled: object({
    records: { ...count, description: "Of the table, each once" },
    missing: { ...count, description: "Never came by webhook" },
    older: { ...count, description: "The stream's state is older than the table's" },
    differs: { ...count, description: "Of the same time, and not the same" },
    ahead: { ...count, description: "The stream knows a later state, which is no fault" },
    rows: {
      type: "array",
      description: "Those that are wrong, the oldest first",
      items: object({
        key: text,
        kind: { enum: ["missing", "older", "differs"] },
        since: { type: ["string", "null"], description: "Of which time the table's state is" },
        came_at: { type: ["string", "null"], description: "Of which time the stream's state is" },
      }),
    },
    sql: { ...text, description: "What gave the rows; it runs on both grounds as it stands" },
  }),
  Shape: object({
    shape: text,
    about: text,
    source: text,
    cells: {
      type: "object",
      description: "Where each cell is, with what the stream says itself",
      additionalProperties: text,
    },
    sql: { ...text, description: "One SELECT" },
  }),
  Sender: sender,
  Senders: object({ senders: { type: "array", items: ref("Sender") } }),
  StreamSecrets: object({
    secrets: { type: "array", items: object(streamSecret) },
    missing: {
      ...sentences,
      description: "Slots that the sender needs and that have none: its hits are kept apart",
    },
  }),
  PutStreamSecret: object(streamSecret, {
    value: { ...text, description: "Of one that was made: it is shown this once" },
  }),
  ProofCheck: object({
    proved: { type: "boolean" },
    bytes: { ...count, description: "Of the body" },
    proofs: {
      type: "array",
      items: object(
        { scheme: text, holds: { type: "boolean" } },
        {
          says: { ...text, description: "What the sender is answered" },
          cause: { ...text, description: "With what it would hold, where that was found" },
        },
      ),
    },
  }),
  Snippet: object({
    type: text,
    label: { ...text, description: "Of the type, for people" },
    file: { ...text, description: "What a download is called" },
    text,
  }),
};

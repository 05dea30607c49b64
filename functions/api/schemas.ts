import { letterStates, reasons } from "../letters/letter.ts";
import { roles } from "../people/person.ts";
import { lacks } from "../streams/look.ts";
import { shownFields } from "../streams/document.ts";
import type { Schema } from "./route.ts";

/** What the answers look like; `components.schemas` of the OpenAPI document. */

const text: Schema = { type: "string" };
const unixMs: Schema = {
  type: "integer",
  description: "Unix time in milliseconds",
};
const count: Schema = { type: "integer", minimum: 0 };
const sentences: Schema = { type: "array", items: text };
export const uuid: Schema = {
  type: "string",
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
};
export const streamRefSchema: Schema = { type: "string", pattern: "^[0-9a-f]{12}$" };
const day: Schema = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\d$" };

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

/** All properties beside `optional` are required, and nothing else is there. */
function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: "object",
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}

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

const hits = object(
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

const roleSchema: Schema = { enum: [...roles] };
const person = object(
  {
    name: text,
    role: roleSchema,
    sees_payloads: { type: "boolean" },
    added_by: text,
    has_password: { type: "boolean" },
  },
  {
    added_at: text,
    first_admin: { const: true, description: "Named by the configuration: an admin in any case" },
    link_until: { ...unixMs, description: "Until when the link that sets a password may be used" },
  },
);
const tokenFields = {
  id: { ...text, pattern: "^[a-z0-9]{12}$" },
  name: text,
  person: text,
  role: roleSchema,
  sees_payloads: { type: "boolean" },
  added_at: unixMs,
};
const tokenOptional = {
  until: unixMs,
  used_at: { ...unixMs, description: "The last use, to the minute" },
};

export const schemas: Readonly<Record<string, Schema>> = {
  Problem: {
    type: "object",
    required: ["type", "title", "status", "detail", "code"],
    properties: {
      type: { ...text, format: "uri-reference", description: "Leads to the code in the page /errors" },
      title: text,
      status: { type: "integer" },
      detail: {
        ...text,
        description: "What was given, what is allowed, what to do next",
      },
      code: {
        ...text,
        description: "Stable; docs/errors.md lists all of them",
      },
      next: {
        type: "object",
        description: "What helps, where that is another request",
        required: ["operation"],
        properties: {
          operation: { ...text, description: "Of this document, e.g. GET /v1/streams" },
          command: {
            ...text,
            description:
              "What does the same at the command line; the help of the command given where left out",
          },
        },
      },
      replayed: {
        ...count,
        description: "Of a replay: how many went to the queue before it failed",
      },
      discarded: {
        ...count,
        description: "Of a discard: how many were discarded before it failed",
      },
    },
  },
  Status: object({
    version: text,
    collect_url: text,
    queue: object(
      {},
      {
        waiting: count,
        oldest_received_at: unixMs,
        grows_since: { ...unixMs, description: "Only where the backlog has grown for 10 minutes or longer" },
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
  }),
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
        ...hits,
        description:
          "What its last 1,000 hits of the last 7 days held when somebody looked; absent where nobody did since the stream last changed",
      },
      activity: {
        ...object(arrived, { last_hit_at }),
        description: "What arrived; only where asked for, and where it can be told",
      },
      suggested_id: {
        ...uuid,
        description: "An id that can be an address, where this one cannot",
      },
      ...documentFields,
    },
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
  Snippet: object({
    type: text,
    label: { ...text, description: "Of the type, for people" },
    file: { ...text, description: "What a download is called" },
    text,
  }),
  Streams: object(
    { streams: { type: "array", items: { $ref: "#/components/schemas/Stream" } } },
    { warnings: { ...sentences, description: "What could not be told of all of them" } },
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
  Rows: object({
    table: text,
    columns: { type: "array", items: text },
    types: { type: "array", items: text, description: "Types in the order of columns, e.g. STRING or JSON" },
    rows: {
      type: "array",
      items: { type: "array" },
      description: "Values in the order of columns; bytes as base64",
    },
    truncated: {
      type: "boolean",
      description: "Whether more of them would be too large for one answer",
    },
  }),
  Tables: object({
    tables: {
      type: "array",
      items: object({
        name: text,
        kind: {
          enum: ["table", "view", "other", "missing"],
          description: "missing: its first hit makes it; other: what takes no rows",
        },
        what: { ...text, description: "What it is for" },
        streams: {
          ...sentences,
          description: "Who writes there, or did before it was removed: by name, else by id",
        },
        columns: { type: "array", items: object({ name: text, type: text }, { description: text }) },
      }),
    },
    skipped: {
      type: "array",
      items: object({ table: text, why: text }),
      description: "Tables that could not be looked at",
    },
  }),
  QueryResult: object({
    columns: { type: "array", items: object({ name: text, type: text }) },
    rows: { type: "array", items: { type: "array" } },
    truncated: {
      type: "boolean",
      description: "Whether rows_max cut the result",
    },
  }),
  Check: object({ findings: { type: "array", items: text } }),
  Backup: object({
    directory: text,
    files: { type: "array", items: object({ name: text, bytes: count }) },
  }),
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
  Me: object({
    name: text,
    role: roleSchema,
    sees_payloads: { type: "boolean" },
    how: { enum: ["machine", "session", "token", "iap", "google"], description: "How they are known" },
  }),
  Person: person,
  PersonNamed: object({ name: text }),
  PersonLinked: object({
    person,
    link: object(
      { path: { ...text, description: "Below the address of the panel" }, until: unixMs },
      { url: { ...text, description: "Where that address is known" } },
    ),
  }),
  People: object({ people: { type: "array", items: person } }, { iap_audience: text }),
  Iap: object({ iap_audience: text }),
  Tokens: object({ tokens: { type: "array", items: object(tokenFields, tokenOptional) } }),
  NewToken: object({ ...tokenFields, token: text }, tokenOptional),
  TokenNamed: object({ id: text }),
  Audit: object({
    entries: {
      type: "array",
      items: object(
        {
          id: text,
          at: unixMs,
          who: { ...text, description: "A person's id; nobody where nobody was known" },
          how: text,
          what: { ...text, description: "What was done, such as stream_changed" },
        },
        { about: text, before: {}, after: {} },
      ),
    },
  }),
};

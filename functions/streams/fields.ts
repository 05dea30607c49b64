import { backendEventsSchema } from "./records/backend-events.ts";
import { answerNames } from "../senders/answers.ts";
import { partsSchemas } from "../senders/parts-schema.ts";
import { tablePattern } from "../table.ts";

/** The one table of a stream's fields: what its document may hold, and all that others say about it. From
 *  here come the document's schema and its type, what a refusal says is allowed, what the API takes and
 *  shows, the options of the command line; tests hold docs/streams.md, docs/stream.schema.json and
 *  Terraform's rules to it. */
export interface StreamField {
  /** JSON Schema; its `description` is the line that the API, the command line and the
   *  published schema show. */
  readonly schema: Readonly<Record<string, unknown>> & { readonly description: string };
  /** What is allowed, in words that end a sentence. */
  readonly hint: string;
  /** The line of docs/streams.md. */
  readonly docs: string;
  /** What it is where it is left out, as docs/streams.md shows it. */
  readonly usual?: string;
  /** Whether people write it over the API: as the document holds it, never, or in a narrower form. */
  readonly writable: boolean | { readonly schema: StreamField["schema"]; readonly hint: string };
  /** Whether Terraform's `streams` takes it: whoever keeps streams in code sets who manages them there. */
  readonly inTerraform?: true;
  /** May be taken away again. */
  readonly clearable?: true;
  /** Its value is in no list, no sentence and no log: it is read from the registry and goes nowhere else. */
  readonly secret?: true;
  /** Of `streams add` and `streams update`, under the field's name with hyphens. */
  readonly option?: StreamOption;
}

export interface StreamOption {
  /** What its value is called. */
  readonly value: string;
  /** Where the schema's description does not say how it is typed. */
  readonly says?: string;
  /** Typed once for each of several. */
  readonly repeated?: true;
  /** Words that are typed as one text with commas, in any case. */
  readonly list?: true;
  /** A file of JSON is named. */
  readonly json?: true;
}

// What Terraform checks as well; the formats know more (path.ts).
const pathName = `(?:"[^"'\\\\\\p{Cc}]{1,64}"|[\\p{L}\\p{M}\\p{N} _\\[\\]@$:-]{1,64})`;
const path = `^(?:\\^\\.?)?${pathName}(?:\\.${pathName}){0,9}$`;
const listPath = `^(?:\\*|${pathName})(?:\\.(?:\\*|${pathName})){0,9}$`;
const pathHint =
  'allowed is a dotted path of up to 10 names in letters, digits, blanks and _ - [ ] @ $ :, "…" around a name with a dot, or header:NAME, e.g.';
const label = { type: "string", minLength: 1, maxLength: 80 } as const;
const labelHint = "allowed are 1 to 80 characters";
const time = { type: "string", minLength: 10, maxLength: 40 } as const;
const timeHint = "allowed is an ISO 8601 time, e.g. 2026-01-31T12:00:00Z";

export const streamFields = {
  table: {
    schema: {
      description: "Where the rows go: table, dataset.table or project.dataset.table",
      type: "string",
      pattern: tablePattern,
    },
    hint: "allowed are table, dataset.table or project.dataset.table in letters, digits, _ and (in the table) -",
    docs: "where the rows go: `table`, `dataset.table` or `project.dataset.table`. Letters, digits and `_`; in the table's own name also `-`",
    usual: "required",
    writable: true,
    inTerraform: true,
    option: { value: "TABLE" },
  },
  offset: {
    schema: {
      description: "What a day is: +03:00, -05:30, UTC, or an IANA zone such as Europe/Kyiv",
      type: "string",
      format: "offset",
    },
    hint: "allowed are +03:00 (from -14:00 to +14:00), UTC, or an IANA zone such as Europe/Kyiv",
    docs: "what a day is: `+03:00`, `-05:30`, `UTC`, or an IANA zone such as `Europe/Kyiv`, which follows summer time",
    usual: "required",
    writable: true,
    inTerraform: true,
    option: { value: "OFFSET" },
  },
  name: {
    schema: { description: "Shown to people", ...label },
    hint: labelHint,
    docs: "shown to people, 1 to 80 characters",
    writable: true,
    inTerraform: true,
    clearable: true,
    option: { value: "NAME" },
  },
  state: {
    schema: {
      description: "paused answers 503, closed answers 410; active where left out",
      enum: ["active", "paused", "closed"],
    },
    hint: "allowed are active, paused, closed",
    docs: "`paused` answers 503, so that senders which retry lose nothing; `closed` answers 410",
    usual: "`active`",
    // Only a DELETE closes over the API, and nothing opens again.
    writable: {
      schema: {
        description: "paused answers 503 to hits; active where left out",
        enum: ["active", "paused"],
      },
      hint: "allowed are active and paused; DELETE closes a stream for ever",
    },
    inTerraform: true,
  },
  methods: {
    schema: {
      description:
        "How hits may be sent; POST and PUT where left out. GET is for senders that can do nothing else",
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { enum: ["POST", "PUT", "GET"] },
    },
    hint: "allowed is a list of POST, PUT, GET",
    docs: "how hits may be sent; `GET` for systems that can do nothing else",
    usual: '`["POST", "PUT"]`',
    writable: true,
    inTerraform: true,
    clearable: true,
    option: {
      value: "LIST",
      says: "how hits may be sent, e.g. POST,PUT,GET; POST,PUT where left out",
      list: true,
    },
  },
  key: {
    schema: {
      description:
        "The path that names the business record, e.g. orderId or order.id, or a list of paths that name it together: makes the view TABLE_current",
      type: ["string", "array"],
      pattern: path,
      format: "path",
      minItems: 1,
      maxItems: 5,
      uniqueItems: true,
      items: { type: "string", pattern: path, format: "path" },
    },
    hint: `${pathHint} orderId or order.id, or a list of 1 to 5 of them`,
    docs: "the [path](#paths) that names the business record, such as `orderId` or `order.id`, or a list of up to 5 that name it together: it makes the view `TABLE_current`",
    writable: true,
    inTerraform: true,
    clearable: true,
    option: {
      value: "PATH",
      says: "the path that names the record, e.g. orderId: makes the view TABLE_current; once for each of several",
      repeated: true,
    },
  },
  updated: {
    schema: {
      description: "The path that orders the versions of a record by time; received_at where left out",
      type: "string",
      pattern: path,
      format: "path",
    },
    hint: `${pathHint} updatedAt`,
    docs: "the path that orders the versions of a record by [time](#times); `received_at` where it is left out",
    writable: true,
    inTerraform: true,
    clearable: true,
    option: { value: "PATH" },
  },
  items: {
    schema: {
      description:
        "The path of a batch's list, e.g. events, entry.*.changes (* for each) or $ (the body): makes the view TABLE_items",
      type: "string",
      pattern: listPath,
      format: "list-path",
    },
    hint: "allowed is a path as of key, with * for each of a list, e.g. events, entry.*.changes, or $ where the body is the list",
    docs: "the path of a batch's list, such as `events`, `entry.*.changes` (`*` for each) or `$` (the body itself): it makes the view `TABLE_items`, and `key` and `updated` then lead into an item",
    writable: true,
    inTerraform: true,
    clearable: true,
    option: {
      value: "PATH",
      says: "the path of a batch's list, e.g. events, entry.*.changes or $ (the body): makes the view TABLE_items",
    },
  },
  backend_events: {
    schema: backendEventsSchema,
    hint: "allowed is an object with import, and ev, reference_ev, reference_id, value and date as paths or =text, for all hits or in rules; docs/streams.md has an example",
    docs: "makes [backend events](#backend-events) of the hits, beside their rows",
    writable: true,
    clearable: true,
    option: { value: "FILE", says: "a JSON file that says how hits become backend events", json: true },
  },
  watch: {
    schema: {
      description: "When it counts as silent, and days on which nothing is as usual",
      type: "object",
      minProperties: 1,
      properties: {
        silent_after_hours: {
          description: "Silent after so many hours without a hit, whatever is usual",
          type: "number",
          minimum: 1,
          maximum: 720,
        },
        quiet_hours: {
          description: "No silence counts in these hours of each day, e.g. 22:00-06:00",
          type: "string",
          pattern: "^([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d$",
        },
        odd_days: {
          description: "Days on which nothing is as usual, such as holidays: 2026-12-25",
          type: "array",
          maxItems: 200,
          uniqueItems: true,
          items: { type: "string", pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$" },
        },
      },
      additionalProperties: false,
    },
    hint: "allowed is an object with silent_after_hours (1 to 720), quiet_hours (such as 22:00-06:00) and odd_days (up to 200 such as 2026-12-25)",
    docs: "when it counts as [silent](health.md), and days on which nothing is as usual",
    writable: true,
    clearable: true,
    option: { value: "FILE", says: "a JSON file that says when the stream counts as silent", json: true },
  },
  sender: {
    schema: {
      description:
        "Who sends, in one word such as shopify: how it proves itself, what it asks before, its answer, its records",
      type: "string",
      minLength: 1,
      maxLength: 80,
    },
    hint: "allowed is a sender that afterclick senders list has",
    docs: "who sends, in one word such as `shopify`: [senders.md](senders.md#known-senders) has what each stands for",
    writable: true,
    clearable: true,
    option: { value: "NAME", says: "who sends, e.g. shopify; afterclick senders list has them" },
  },
  auth: {
    schema: {
      description: "How a request proves where it comes from; a list: all of them; []: the address is enough",
      ...partsSchemas.auth,
    },
    hint: "allowed is an object with scheme, or a list of up to 5; docs/senders.md has the schemes",
    docs: "[how a request proves where it comes from](senders.md#each-part-by-itself); in the place of the sender's own",
    writable: true,
    clearable: true,
    option: {
      value: "FILE",
      says: "a JSON file that says how requests prove where they come from",
      json: true,
    },
  },
  handshake: {
    schema: {
      description: "What the sender asks before it sends, and what it is answered: no hits",
      ...partsSchemas.handshake,
    },
    hint: "allowed is an object with when, or a list of up to 5; docs/senders.md has examples",
    docs: "what the sender asks before it sends, and [what it is answered](senders.md#each-part-by-itself)",
    writable: true,
    clearable: true,
    option: { value: "FILE", says: "a JSON file that says what the sender asks before it sends", json: true },
  },
  answer: {
    schema: { description: "What the sender is answered once its hit is stored", ...partsSchemas.answer },
    hint: `allowed are ${answerNames.join(", ")}`,
    docs: `what the sender is answered once its hit is stored: ${answerNames.map((name) => `\`${name}\``).join(", ")}`,
    usual: "`json`",
    writable: true,
    clearable: true,
    option: { value: "WORD" },
  },
  delivery: {
    schema: {
      description: "Where the sender names its delivery: a retry is then the same hit",
      ...partsSchemas.delivery,
    },
    hint: "allowed is header:NAME, query:NAME or a path into the body, or a list of up to 5",
    docs: "where the sender names its delivery: `header:NAME`, `query:NAME` or a path into the body. A retry is then the same hit",
    usual: "`header:webhook-id`",
    writable: true,
    clearable: true,
    option: { value: "PLACE", repeated: true },
  },
  managed_by: {
    schema: {
      description: "Who owns the document, e.g. terraform; the API and the CLI then only read it",
      ...label,
    },
    hint: labelHint,
    docs: "who owns the document, such as `terraform`: the API and the CLI then only read it",
    writable: true,
  },
  created_at: {
    schema: { description: "ISO 8601, written by the API", ...time },
    hint: timeHint,
    docs: "ISO 8601, written by the API",
    writable: false,
  },
  updated_at: {
    schema: { description: "ISO 8601, written by the API", ...time },
    hint: timeHint,
    docs: "ISO 8601, written by the API",
    writable: false,
  },
  removed_at: {
    schema: { description: "ISO 8601: closed for ever and hidden from lists", ...time },
    hint: timeHint,
    docs: "closed for ever and hidden from lists",
    writable: false,
  },
} as const satisfies Record<string, StreamField>;

/** Tables of fields are looked into by any name. */
export type StreamFields = Readonly<Record<string, StreamField>>;

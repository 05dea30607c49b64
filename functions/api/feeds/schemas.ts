import { feedCodes } from "../../feeds/faults.ts";
import { feedTypes } from "../../feeds/read/values.ts";
import { count, day, object, type Schema, type Schemas, text, unixMs } from "../schema.ts";

const type: Schema = { enum: feedTypes };

const fetchSchema = object(
  {
    at: { ...unixMs, description: "When it began, in Unix milliseconds" },
    state: { enum: ["taken", "failed", "waiting"] },
    took_ms: count,
  },
  {
    day: { ...day, description: "Of a feed with days: which one was fetched" },
    code: { enum: feedCodes, description: "Why the table stayed as it was; docs/feeds.md lists them" },
    reason: { ...text, description: "The same as a sentence" },
    rows: { ...count, description: "Records of the answer" },
    rows_before: { ...count, description: "Rows that they took the place of" },
    format: { enum: ["ndjson", "array", "pseudo_array"], description: "How the records were written" },
    mixed: {
      type: "array",
      items: object({ field: text, types: { type: "array", items: type } }),
      description: "Fields of several types, which are STRING: the first ones",
    },
    mixed_count: { ...count, description: "Of all fields of several types, where some are left out" },
    hint: { ...text, description: "What is to be looked at although it was taken" },
  },
);

const feedSchema = object(
  {
    name: text,
    problems: {
      type: "array",
      items: text,
      description: "What is wrong with its document, where people wrote it by hand; it is not fetched then",
    },
    fetches: { type: "array", items: fetchSchema, description: "The newest first; one alone in the list" },
    asked: { type: "array", items: text, description: "Days, or all, that are fetched next" },
    waiting: { type: "array", items: text, description: "Days, or all, that wait for a person: they shrank" },
  },
  {
    url: text,
    table: text,
    zone: text,
    partitioned: { type: "boolean" },
    days: count,
    user: text,
    secret: { ...text, description: "The name of its password among the secrets" },
    key: text,
    updated: text,
    columns: {
      type: "array",
      items: object({ field: text, column: text, type }),
      description: "Of its table, and the fields that they hold",
    },
    next_at: { ...unixMs, description: "When it is tried again, after a failure" },
  },
);

/** Answers about JSON feeds. */
export const feedAnswers: Schemas = {
  Feed: feedSchema,
  FeedNamed: object({ name: text }),
  Feeds: object({ feeds: { type: "array", items: feedSchema } }),
};

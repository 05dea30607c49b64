import { count, object, type Schemas, sentences, text } from "../schema.ts";

/** Answers about tables and files. */
export const tableSchemas: Schemas = {
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
};

import { tablePattern } from "../../table.ts";

/** What is set on a feed. Names are those that people and programs write. */
export interface FeedFields {
  readonly url: string;
  /** As people write it: `orders`, `crm.orders`. */
  readonly table: string;
  /** Which day is today. */
  readonly zone: string;
  /** Whether the server is asked for each day by itself, and the table holds days. */
  readonly partitioned: boolean;
  /** So many days that are over are fetched again each day. */
  readonly days: number;
  readonly user?: string;
  /** The name of the password among the secrets. */
  readonly secret?: string;
  /** The field that names a record: makes the view TABLE_current. */
  readonly key?: string;
  /** The field that orders the versions of a record. */
  readonly updated?: string;
}

/** `new` is the page on which one is added. */
export const feedNamePattern = "^(?!new$)[a-z0-9][a-z0-9-]{0,39}$";

export const feedNameSchema = {
  description: "1 to 40 small letters, digits and hyphens, the first no hyphen; not the word new",
  type: "string",
  pattern: feedNamePattern,
} as const;

export const usualFeed = { partitioned: false, days: 3 } as const;
export const feedDaysMax = 30;

const fieldName = { type: ["string", "null"], minLength: 1, maxLength: 300 } as const;

/** The fields as a JSON Schema, each with what a refusal says is allowed. */
export const feedSchemas = {
  url: {
    description: "an address that begins with https:// or http://, without a user in it",
    type: "string",
    maxLength: 2_000,
    pattern: "^https?://[^/?#@\\s]+(?:[/?][^#\\s]*)?$",
  },
  table: {
    description: "table, dataset.table or project.dataset.table in letters, digits, _ and (in the table) -",
    type: "string",
    pattern: tablePattern,
  },
  zone: {
    description: "a zone such as Europe/Kyiv, or an offset such as +01:00: which day is today",
    type: "string",
    minLength: 1,
    maxLength: 64,
    format: "offset",
  },
  partitioned: {
    description:
      "true: the server is asked for each day with ?date=YYYYMMDD, and the table holds days; false: the answer takes the place of the whole table",
    type: "boolean",
  },
  days: {
    description: `so many days that are over are fetched again each day, 1 to ${feedDaysMax}`,
    type: "integer",
    minimum: 1,
    maximum: feedDaysMax,
  },
  user: {
    description: "1 to 200 characters without a colon: who signs in, by HTTP's Basic scheme; null for nobody",
    type: ["string", "null"],
    minLength: 1,
    maxLength: 200,
    pattern: "^[^:\\u0000-\\u001f]+$",
  },
  key: {
    description: "the name of the field that names a record: makes the view TABLE_current; null for none",
    ...fieldName,
  },
  updated: {
    description: "the name of the field that orders the versions of a record; null for none",
    ...fieldName,
  },
} as const;

/** In a document alone: over the API a password is given, and kept under a name of ours. A feed reads no
 *  secret that is not a feed's. */
export const secretSchema = {
  description: "the name of a secret that begins with feed-, in small letters, digits and hyphens",
  type: "string",
  pattern: "^feed-[a-z0-9-]{1,95}$",
} as const;

export const passwordSchema = {
  description: "the user's password, 1 to 1,000 characters; it is kept among the secrets and shown to nobody",
  type: "string",
  minLength: 1,
  maxLength: 1_000,
} as const;

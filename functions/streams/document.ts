import type { FromSchema } from "json-schema-to-ts";
import { type Saying, type SchemaError, wrongIn } from "../schema-error.ts";
import { type StreamField, type StreamFields, streamFields } from "./fields.ts";

/** What a stream's document is, drawn from the table of its fields. */

type Fields = typeof streamFields;

/** JSON Schema of the document; published as docs/stream.schema.json (a test compares the two). */
export const streamSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Afterclick stream",
  type: "object",
  required: ["table", "offset"],
  properties: schemas(streamFields) as { readonly [Name in keyof Fields]: Fields[Name]["schema"] },
} as const;

/** The document, as it is stored. Unknown fields are allowed: they are reported, never fatal. */
export type StreamDocument = FromSchema<typeof streamSchema>;

function schemas(fields: StreamFields): Record<string, StreamField["schema"]> {
  return Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
}

/** Fields that nothing reads: most often a typing error. */
export function unknownFields(document: object): string[] {
  return Object.keys(document).filter((name) => !Object.hasOwn(streamFields, name));
}

/** The fields that people may see, in the order of the table. */
export function shownFields(fields: StreamFields = streamFields): [string, StreamField][] {
  return Object.entries(fields).filter(([, { secret }]) => secret !== true);
}

/** A document, or a part of it, as the audit keeps it: secrets, and what nobody knows, are
 *  named without their value. */
export function withoutSecrets(document: object): object {
  const shown = new Set(shownFields().map(([name]) => name));
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, shown.has(name) ? value : "(not shown)"]),
  );
}

/** What a person may write over the API: the schema of each field, and what a refusal says of it. */
export function writableFields(fields: StreamFields = streamFields): {
  schemas: Record<string, StreamField["schema"]>;
  sayings: Record<string, Saying>;
} {
  const written = Object.entries(fields).flatMap(([name, field]) => {
    if (field.writable === false) return [];
    const { schema, hint } = field.writable === true ? field : field.writable;
    return [{ name, schema, saying: { hint, ...(field.secret && { secret: field.secret }) } }];
  });
  return {
    schemas: Object.fromEntries(written.map(({ name, schema }) => [name, schema])),
    sayings: Object.fromEntries(written.map(({ name, saying }) => [name, saying])),
  };
}

/** Given and allowed, in one sentence. */
export function documentSentence(error: SchemaError, fields: StreamFields = streamFields): string {
  const { path, isMissing, given, allowed } = wrongIn(error, fields);
  const [field] = path;
  if (field === undefined) return `the document is ${given}; allowed is an object with table and offset`;
  return `${field} is ${isMissing ? "missing" : given}; ${fields[field]?.hint ?? allowed}`;
}

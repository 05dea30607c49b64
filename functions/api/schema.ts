/** JSON Schema, as it goes into the OpenAPI document and, for what comes in, into ajv. */
export type Schema = Readonly<Record<string, unknown>>;

/** By the name that `ref` gives. */
export type Schemas = Readonly<Record<string, Schema>>;

/** A schema of the document by its name. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export const text: Schema = { type: "string" };
export const unixMs: Schema = {
  type: "integer",
  description: "Unix time in milliseconds",
};
export const count: Schema = { type: "integer", minimum: 0 };
export const sentences: Schema = { type: "array", items: text };
export const uuid: Schema = {
  type: "string",
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
};
export const streamRefSchema: Schema = { type: "string", pattern: "^[0-9a-f]{12}$" };
export const day: Schema = {
  type: "string",
  pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$",
};

/** All properties beside `optional` are required, and nothing else is there. */
export function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: "object",
    required: Object.keys(required),
    properties: { ...required, ...optional },
    additionalProperties: false,
  };
}

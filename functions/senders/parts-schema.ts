import { answerNames } from "./answers.ts";
import { schemeNames } from "./proof/auth.ts";

/** JSON Schemas of the parts of a sender: a stream's document and the presets are checked by the same. */

const place = { type: "string", minLength: 1, maxLength: 200, format: "place" } as const;
const word = { type: "string", minLength: 1, maxLength: 80 } as const;
const slot = { type: "string", pattern: "^[a-z0-9][a-z0-9-]{0,39}$" } as const;

const auth = {
  type: "object",
  required: ["scheme"],
  additionalProperties: false,
  properties: {
    scheme: { enum: schemeNames },
    at: place,
    parts: {
      type: "array",
      minItems: 1,
      maxItems: 10,
      items: { type: "string", minLength: 1, maxLength: 200 },
    },
    digest: { enum: ["sha1", "sha256", "sha512"] },
    encoding: { enum: ["hex", "base64", "base64url"] },
    key: { enum: ["raw", "base64", "hex"] },
    prefix: word,
    fields: {
      type: "object",
      required: ["signature"],
      additionalProperties: false,
      properties: { signature: word, timestamp: word, separator: word },
    },
    timestamp: place,
    tolerance_seconds: { type: "integer", minimum: 1, maximum: 31_536_000 },
    is: { type: ["string", "array"], minLength: 1, maxLength: 200, minItems: 1, maxItems: 100, items: word },
    secret: slot,
  },
} as const;

const handshake = {
  type: "object",
  required: ["when"],
  additionalProperties: false,
  properties: {
    method: { enum: ["GET", "POST"] },
    when: {
      type: "object",
      maxProperties: 5,
      propertyNames: { format: "place" },
      additionalProperties: { type: "string", maxLength: 200 },
    },
    without: place,
    alone: { type: "boolean" },
    token: place,
    secret: slot,
    text: place,
    json: {
      type: "object",
      maxProperties: 10,
      additionalProperties: { type: "string", minLength: 1, maxLength: 200, format: "said" },
    },
  },
} as const;

const one = (schema: object) => ({ anyOf: [schema, { type: "array", maxItems: 5, items: schema }] }) as const;

export const partsSchemas = {
  auth: one(auth),
  handshake: one(handshake),
  answer: { enum: answerNames },
  delivery: {
    type: ["string", "array"],
    minLength: 1,
    maxLength: 200,
    format: "place",
    minItems: 1,
    maxItems: 5,
    items: place,
  },
} as const;

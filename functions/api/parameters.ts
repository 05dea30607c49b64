import { oldIdColumn } from "../stream-ref.ts";
import type { Value } from "../warehouse.ts";
import type { Parameter } from "./route.ts";

/** What several routes take and show. */

export const idParameter: Parameter = {
  name: "id",
  in: "path",
  description: "The id of the stream: a UUID, or what somebody named the document by hand",
  schema: { type: "string", minLength: 1, maxLength: 1500 },
};

export const hitIdParameter: Parameter = {
  name: "hit_id",
  in: "path",
  description: "a UUID, as the answer to the hit names it",
  schema: {
    type: "string",
    pattern: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
  },
};

/** Of a list in pages. `next` of an answer goes into `after`.
 *  @param pattern of what `after` may be; any text where left out */
export function pageParameters(after: string, pattern?: string, usual = 1_000): Parameter[] {
  return [
    {
      name: "limit",
      in: "query",
      description: "how many, 1 to 1000",
      schema: { type: "integer", minimum: 1, maximum: 1_000, default: usual },
    },
    {
      name: "after",
      in: "query",
      description: after,
      schema: { type: "string", minLength: 1, maxLength: 400, ...(pattern !== undefined && { pattern }) },
    },
  ];
}

/** Values as the API shows them: bytes as base64, JSON columns as their text; never the
 *  key to write to a stream. */
export function asJson(row: Readonly<Record<string, Value>>): Record<string, unknown> {
  const shown = Object.entries(row).filter(([name]) => name !== oldIdColumn);
  return Object.fromEntries(shown.map(([name, value]) => [name, valueAsJson(value)]));
}

export function valueAsJson(value: Value | undefined): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : (value ?? null);
}

import { catalogue } from "../problems.ts";
import type { Parameter, Route } from "./route.ts";
import { schemas } from "./schemas.ts";
import { ref, type Schema } from "./schema.ts";

/** Codes that any request may be answered with: by the door, by a check of the request, or
 *  because something failed. */
const everywhere = [
  "bad_request",
  "request_refused",
  "host_forbidden",
  "origin_forbidden",
  "proxy_forbidden",
  "sign_in_needed",
  "token_refused",
  "iap_unset",
  "person_not_let_in",
  "role_missing",
  "documents_down",
  "too_slow",
  "too_large",
  "uri_too_long",
  "expectation_failed",
  "headers_too_large",
  "overloaded",
  "internal",
];
/** Of everything but a GET. */
const sending = ["unsupported_media_type"];

/** The OpenAPI 3.1 document, made of the routes that serve. */
export function openapiDocument(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operation(route),
    };
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Afterclick admin API",
      version,
      description:
        "Streams, hits, tables and dead letters of one Afterclick. Hits themselves go to POST /ds/{stream_id} of collect. " +
        "Every refusal is application/problem+json with a stable `code` and a sentence that says what to do.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: { schemas },
  };
  return JSON.parse(JSON.stringify(document, withoutClasses)) as Record<string, unknown>;
}

/** Other languages' expressions know no classes such as `\p{L}`; the format and the
 *  description say what is allowed. */
function withoutClasses(key: string, value: unknown): unknown {
  return key === "pattern" && typeof value === "string" && value.includes("\\p{") ? undefined : value;
}

function operation(route: Route): Record<string, unknown> {
  return {
    operationId: route.operation,
    summary: route.summary,
    description: needs(route),
    ...(route.parameters.length > 0 && {
      parameters: route.parameters.map(parameter),
    }),
    ...(route.body !== undefined && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: route.body } },
      },
    }),
    ...(route.fileBytesMax !== undefined && {
      requestBody: {
        required: true,
        description: `The file, of at most ${route.fileBytesMax} bytes`,
        content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      },
    }),
    responses: {
      [route.answer.status]: {
        description: route.answer.description,
        content: content(route.answer.content),
      },
      ...refusals([
        ...everywhere,
        ...(route.method === "GET" ? [] : sending),
        ...(route.payloads === "whole" ? ["payloads_hidden"] : []),
        ...route.problems,
      ]),
    },
  };
}

function needs({ role, payloads }: Route): string {
  const shown = {
    none: "",
    part: " Payloads, headers and queries of hits are left out for people who may not see payloads.",
    whole: " Only for people who may see payloads.",
  };
  return `Needs the role ${role}.${shown[payloads]}`;
}

function parameter({ name, in: place, description, schema }: Parameter): Record<string, unknown> {
  return {
    name,
    in: place,
    description,
    schema,
    ...(place === "path" && { required: true }),
  };
}

function content(byType: Readonly<Record<string, Schema>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(byType).map(([type, schema]) => [type, { schema }]));
}

function refusals(codes: readonly string[]): Record<string, unknown> {
  const byStatus = new Map<number, string[]>();
  for (const code of new Set(codes)) {
    const entry = catalogue.get(code);
    if (entry === undefined)
      throw new Error(`A route declares the code ${code}, which is not in the catalogue.`);
    byStatus.set(entry.status, [...(byStatus.get(entry.status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.map((code) => `${code}: ${catalogue.get(code)!.title}`).join("; "),
        content: {
          "application/problem+json": {
            schema: {
              allOf: [
                ref("Problem"),
                {
                  properties: {
                    status: { const: status },
                    code: { enum: some },
                  },
                },
              ],
            },
          },
        },
      },
    ]),
  );
}

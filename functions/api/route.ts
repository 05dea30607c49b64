import type { Role } from "../people/person.ts";
import type { Who } from "../people/who.ts";
import type { Reply } from "../request.ts";
import type { Saying } from "../schema-error.ts";
import type { Schema } from "./schema.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly schema: Schema;
}

/** What a handler gets: checked by the schemas of its route. */
export interface Call<Path = unknown, Query = unknown, Body = unknown> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** Who asks; they have the route's role. */
  readonly who: Who;
  /** By lower-case name: those that the route declares. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
  /** The body of a route that takes a file, as it comes in. */
  readonly file: () => AsyncIterable<Uint8Array>;
}

/** One operation: what serves it and what the OpenAPI document says of it come from the same place. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** `/v1/streams/{id}` */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  /** The least that whoever asks must be. */
  readonly role: Role;
  /** What it shows of payloads, which are a right of their own. `whole`: nobody without it is answered.
   *  `part`: the handler leaves them out for those without it. */
  readonly payloads: "none" | "part" | "whole";
  readonly parameters: readonly Parameter[];
  /** Changes nothing, as every GET, though its method is another one. */
  readonly isRead?: boolean;
  /** Of the JSON body; without it the route takes none. */
  readonly body?: Schema;
  /** Where the body is a file: how many bytes it may have. */
  readonly fileBytesMax?: number;
  /** How a refusal speaks of fields of the body; of the others with the `description` of their schema. */
  readonly sayings?: Readonly<Record<string, Saying>>;
  readonly answer: Answer;
  /** Codes of the catalogue that this route may answer, besides those that every route may. */
  readonly problems: readonly string[];
  readonly handle: (call: Call) => Promise<Reply>;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** By media type. */
  readonly content: Readonly<Record<string, Schema>>;
}

/** @param handle typed by what the schemas let pass */
export function route<Path = unknown, Query = unknown, Body = unknown>(
  declared: Omit<Route, "handle" | "parameters"> & {
    parameters?: readonly Parameter[];
    handle: (call: Call<Path, Query, Body>) => Promise<Reply>;
  },
): Route {
  // The router calls it only with what passed the schemas of this very route.
  const handle = declared.handle as (call: Call) => Promise<Reply>;
  return { parameters: [], ...declared, handle };
}

export function json(value: unknown, status = 200): Reply {
  return {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    },
    body: JSON.stringify(value),
  };
}

export function jsonAnswer(description: string, schema: Schema, status = 200): Answer {
  return { status, description, content: { "application/json": schema } };
}

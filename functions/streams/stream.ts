import { Ajv, type ErrorObject } from "ajv";
import { calendarOf, type Calendar } from "./calendar.ts";
import { parseTable, tablePattern, type TableRef } from "../table.ts";

/** A registered source, as its document `streams/{id}` says. docs/streams.md explains each field. */
export interface Stream {
  readonly id: string;
  readonly name?: string;
  readonly table: TableRef;
  /** As written: `+03:00`, `UTC`, `Europe/Kyiv`. */
  readonly offset: string;
  readonly calendar: Calendar;
  readonly state: StreamState;
  /** Upper case. */
  readonly methods: readonly string[];
  readonly key?: string;
  readonly updated?: string;
}

export type StreamState = "active" | "paused" | "closed";

/** The document, as it is stored. Unknown fields are allowed: they are reported, never fatal. */
export interface StreamDocument {
  table: string;
  offset: string;
  name?: string;
  state?: StreamState;
  methods?: ("POST" | "PUT" | "GET")[];
  key?: string;
  updated?: string;
  managed_by?: string;
  created_at?: string;
  updated_at?: string;
  removed_at?: string;
}

/** What a look at the registry gives for an id. */
export type Lookup =
  | { readonly kind: "valid"; readonly stream: Stream }
  /** The document cannot be used: its hits are kept and become dead letters. `state` where that much is readable. */
  | {
      readonly kind: "invalid";
      readonly id: string;
      readonly state: StreamState;
      readonly methods: readonly string[];
      readonly problems: readonly string[];
      /** Whether it names a proof of origin: not everybody who knows the address may write then. */
      readonly namesProof: boolean;
    }
  | { readonly kind: "missing" };

const path = "^[A-Za-z0-9_-]{1,64}(\\.[A-Za-z0-9_-]{1,64}){0,9}$";
const time = { type: "string", minLength: 10, maxLength: 40 } as const;

/** JSON Schema of the document; published as docs/stream.schema.json (a test compares the two). */
export const streamSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Afterclick stream",
  type: "object",
  required: ["table", "offset"],
  properties: {
    table: {
      description: "Where the rows go: table, dataset.table or project.dataset.table",
      type: "string",
      pattern: tablePattern,
    },
    offset: {
      description: "What a day is: +03:00, -05:30, UTC, or an IANA zone such as Europe/Kyiv",
      type: "string",
      format: "offset",
    },
    name: {
      description: "Shown to people",
      type: "string",
      minLength: 1,
      maxLength: 80,
    },
    state: {
      description: "paused answers 503, closed answers 410; active where left out",
      enum: ["active", "paused", "closed"],
    },
    methods: {
      description:
        "How hits may be sent; POST and PUT where left out. GET is for senders that can do nothing else",
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { enum: ["POST", "PUT", "GET"] },
    },
    key: {
      description:
        "The field that names the business record, e.g. orderId or order.id: makes the view TABLE_current",
      type: "string",
      pattern: path,
    },
    updated: {
      description: "The field that orders the versions of a record by time; received_at where left out",
      type: "string",
      pattern: path,
    },
    managed_by: {
      description: "Who owns the document, e.g. terraform; the API and the CLI then only read it",
      type: "string",
      minLength: 1,
      maxLength: 80,
    },
    created_at: { description: "ISO 8601, written by the API", ...time },
    updated_at: { description: "ISO 8601, written by the API", ...time },
    removed_at: {
      description: "ISO 8601: closed for ever and hidden from lists",
      ...time,
    },
  },
} as const;

const ajv = new Ajv({ allErrors: true, verbose: true });
ajv.addFormat("offset", (text: string) => calendarOf(text) !== undefined);
const isStreamDocument = ajv.compile<StreamDocument>(streamSchema);
const isMethods = ajv.compile<string[]>(streamSchema.properties.methods);

export interface Datasets {
  /** The dataset of a bare table name. */
  readonly defaultDataset: string;
  /** Afterclick's own, where it is known: collect needs it for nothing. */
  readonly productDataset?: string;
}

/** Reads a document as it was found, or as somebody wants it written. Whoever asks gets the same answer: a stream that is
 *  listed as active is one that deliver takes. */
export function readStream(
  id: string,
  document: unknown,
  { defaultDataset, productDataset }: Datasets,
): Lookup {
  const invalid = (problems: string[]): Lookup => ({
    kind: "invalid",
    id,
    state: stateOf(document),
    methods: methodsOf(document),
    namesProof: namesProof(document),
    problems,
  });
  if (!isStreamDocument(document)) return invalid((isStreamDocument.errors ?? []).map(sentence));
  const table = parseTable(document.table, defaultDataset);
  const calendar = calendarOf(document.offset);
  if (table === undefined || calendar === undefined) {
    throw new Error("The schema let a table or an offset pass that cannot be read.");
  }
  // Whatever project is named: a stream's first hit would make its table in the place of the dead letters'.
  if (table.dataset.toLowerCase() === productDataset?.toLowerCase())
    return invalid([
      `table is ${JSON.stringify(document.table)}, and the dataset ${productDataset} holds Afterclick's own tables; allowed is a table in any other dataset`,
    ]);
  return {
    kind: "valid",
    stream: {
      id,
      table,
      offset: document.offset,
      calendar,
      state: stateOf(document),
      methods: document.methods ?? ["POST", "PUT"],
      ...(document.name !== undefined && { name: document.name }),
      ...(document.key !== undefined && { key: document.key }),
      ...(document.updated !== undefined && { updated: document.updated }),
    },
  };
}

/** Fields that nothing reads: most often a typing error. */
export function unknownFields(document: object): string[] {
  return Object.keys(document).filter((name) => !Object.hasOwn(streamSchema.properties, name));
}

/** A paused or closed stream stays so, whatever else is wrong with its document; a removed one is closed. */
function stateOf(document: unknown): StreamState {
  const { state, removed_at } = Object(document) as Record<string, unknown>;
  if (removed_at !== undefined && removed_at !== null) return "closed";
  return state === "paused" || state === "closed" ? state : "active";
}

/** How hits reach a stream whose document is invalid: as it says where that much is readable, otherwise in every way,
 *  since a refusal would lose the hit. */
function methodsOf(document: unknown): readonly string[] {
  const { methods } = Object(document) as Record<string, unknown>;
  if (methods === undefined) return ["POST", "PUT"];
  return isMethods(methods) ? methods : ["POST", "PUT", "GET"];
}

/** Fields by which a stream asks its senders for a proof of origin. */
const proofs = ["auth", "sender", "handshake"] as const;

/** Of a document that cannot be used. One that is no object may be one that was meant to be, with a comma too many: then
 *  its text tells. */
function namesProof(document: unknown): boolean {
  if (typeof document === "string") return proofs.some((name) => document.includes(name));
  return proofs.some((name) => (Object(document) as Record<string, unknown>)[name] !== undefined);
}

export const hints: Record<string, string> = {
  table:
    "allowed are table, dataset.table or project.dataset.table in letters, digits, _ and (in the table) -",
  offset: "allowed are +03:00 (from -14:00 to +14:00), UTC, or an IANA zone such as Europe/Kyiv",
  name: "allowed are 1 to 80 characters",
  state: "allowed are active, paused, closed",
  methods: "allowed is a list of POST, PUT, GET",
  key: "allowed is a dotted path of names in letters, digits, _ and -, e.g. orderId or order.id",
  updated: "allowed is a dotted path of names in letters, digits, _ and -, e.g. updatedAt",
};

/** Given and allowed, in one sentence. Values are configuration, not payload: they may be shown. */
function sentence(error: ErrorObject): string {
  if (error.keyword === "required") {
    const missing = String(error.params["missingProperty"]);
    return `${missing} is missing; ${hints[missing] ?? "it is required"}`;
  }
  const field = error.instancePath.split("/")[1];
  const given = JSON.stringify(error.data)?.slice(0, 120);
  if (field === undefined) return `the document is ${given}; allowed is an object with table and offset`;
  return `${field} is ${given}; ${hints[field] ?? `it ${error.message ?? "is not allowed"}`}`;
}

import { Ajv } from "ajv";
import { mappingProblems, type BackendEventsMapping } from "./records/backend-events.ts";
import { calendarOf, type Calendar } from "./calendar.ts";
import { addFormats } from "./formats.ts";
import { documentSentence, type StreamDocument, streamSchema } from "./document.ts";
import { parseTable, type TableRef } from "../table.ts";
import type { Sender } from "../senders/sender.ts";
import { readSender } from "../senders/in-document.ts";

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
  /** Paths, as path.ts reads them. */
  readonly key?: string | readonly string[];
  readonly updated?: string;
  readonly items?: string;
  readonly backend_events?: BackendEventsMapping;
  readonly watch?: NonNullable<StreamDocument["watch"]>;
  /** Absent where collect has nothing to ask and nothing to answer but the usual. */
  readonly sender?: Sender;
}

export type StreamState = NonNullable<StreamDocument["state"]>;

/** What a look at the registry gives for an id. */
export type Lookup =
  | { readonly kind: "valid"; readonly stream: Stream }
  /** The document cannot be used: its hits are kept and become dead letters. `state` where
   *  that much is readable. */
  | {
      readonly kind: "invalid";
      readonly id: string;
      readonly state: StreamState;
      readonly methods: readonly string[];
      readonly problems: readonly string[];
      /** Whether it names a proof of origin: not everybody who knows the address may write then. */
      readonly namesProof: boolean;
      /** Which one, where that much is readable. */
      readonly sender?: Sender;
    }
  | { readonly kind: "missing" };

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });
addFormats(ajv);
const isStreamDocument = ajv.compile<StreamDocument>(streamSchema);
const isMethods = ajv.compile<string[]>(streamSchema.properties.methods);

export interface Datasets {
  /** The dataset of a bare table name. */
  readonly defaultDataset: string;
  /** Afterclick's own, where it is known: collect needs it for nothing. */
  readonly productDataset?: string;
}

/** Reads a document as it was found, or as somebody wants it written. Whoever asks gets the same answer: a
 *  stream that is listed as active is one that deliver takes. */
export function readStream(
  id: string,
  document: unknown,
  { defaultDataset, productDataset }: Datasets,
): Lookup {
  const said = readSender(document);
  const { sender } = said;
  const invalid = (problems: string[]): Lookup => ({
    kind: "invalid",
    id,
    state: stateOf(document),
    methods: methodsOf(document),
    namesProof: namesProof(document),
    ...(sender !== undefined && { sender }),
    problems,
  });
  if (!isStreamDocument(document))
    return invalid((isStreamDocument.errors ?? []).map((error) => documentSentence(error)));
  const mapping = document.backend_events === undefined ? [] : mappingProblems(document.backend_events);
  const problems = [...mapping, ...said.problems];
  if (problems.length > 0) return invalid(problems);
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
  const { key, updated, items } = { ...said.paths, ...document };
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
      ...(key !== undefined && { key }),
      ...(updated !== undefined && { updated }),
      ...(items !== undefined && { items }),
      ...(document.backend_events !== undefined && { backend_events: document.backend_events }),
      ...(document.watch !== undefined && { watch: document.watch }),
      ...(sender !== undefined && { sender }),
    },
  };
}

/** Of any document, as far as it can be read. */
export function senderIn(lookup: Lookup): Sender | undefined {
  if (lookup.kind === "missing") return undefined;
  return lookup.kind === "valid" ? lookup.stream.sender : lookup.sender;
}

/** A paused or closed stream stays so, whatever else is wrong with its document; a removed one is closed. */
function stateOf(document: unknown): StreamState {
  const { state, removed_at } = Object(document) as Record<string, unknown>;
  if (removed_at !== undefined && removed_at !== null) return "closed";
  return state === "paused" || state === "closed" ? state : "active";
}

/** How hits reach a stream whose document is invalid: as it says where that much is readable, otherwise in
 *  every way, since a refusal would lose the hit. */
function methodsOf(document: unknown): readonly string[] {
  const { methods } = Object(document) as Record<string, unknown>;
  if (methods === undefined) return ["POST", "PUT"];
  return isMethods(methods) ? methods : ["POST", "PUT", "GET"];
}

/** Fields by which a stream asks its senders for a proof of origin. */
const proofs = ["auth", "sender", "handshake"] as const;

/** Of a document that cannot be used. One that is no object may be one that was meant to be, with a comma too
 *  many: then its text tells. */
function namesProof(document: unknown): boolean {
  if (typeof document === "string") return proofs.some((name) => document.includes(name));
  return proofs.some((name) => (Object(document) as Record<string, unknown>)[name] !== undefined);
}

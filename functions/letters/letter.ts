import { utcDay } from "../streams/calendar.ts";
import { headersJson, headersOf } from "../headers.ts";
import type { Hit } from "../hit.ts";
import type { Row, TableSpec, Value } from "../warehouse.ts";

/** A hit that cannot become a row until a person fixes something: kept with its reason. Both tables are
 *  append-only. The view `dead_letter_states` makes the state of a dead letter out of them. The first of
 *  these that holds is its state: discarded (an event says so); delivered (an event of any attempt);
 *  replaying (a replay was published after the latest failure); waiting. Rows may repeat, as all rows may. */

/** Why a hit is a dead letter; docs/errors.md says what to do about each. */
export const reasons = [
  "stream_missing",
  "stream_invalid",
  "proof_unreadable",
  "dataset_missing",
  "schema_differs",
  "table_forbidden",
  "row_refused",
  "bytes_altered",
  "gave_up",
] as const;
export type Reason = (typeof reasons)[number];

export type LetterState = "waiting" | "replaying" | "delivered" | "discarded";
export const letterStates: readonly LetterState[] = ["waiting", "replaying", "delivered", "discarded"];

/** One failed delivery. `attempt` is 0 for a hit straight from its sender, else the number of the replay. */
export const deadLetters: TableSpec = {
  description: "Hits that could not become rows until a person fixes something",
  columns: [
    { name: "hit_id", type: "STRING", required: true, description: "The hit" },
    // For replays: people read the view of the states, which has stream_ref in its place.
    {
      name: "stream_id",
      type: "STRING",
      required: true,
      description: "The stream it was sent to: the key to write to it",
    },
    {
      name: "received_at",
      type: "INT64",
      required: true,
      description: "When it was received, Unix ms",
    },
    {
      name: "date",
      type: "DATE",
      required: true,
      description: "The day of received_at: at the stream's offset, else UTC",
    },
    {
      name: "body",
      type: "BYTES",
      required: true,
      description: "The body byte for byte",
    },
    { name: "content_type", type: "STRING", description: "As sent" },
    {
      name: "content_encoding",
      type: "STRING",
      description: "Set where the body could not be inflated",
    },
    {
      name: "query",
      type: "STRING",
      description: "As sent, where a body came too",
    },
    {
      name: "headers",
      type: "JSON",
      description: "What a row keeps of the sender's headers, by lower-case name",
    },
    { name: "is_test", type: "BOOL", description: "Whether it is a test send" },
    {
      name: "kept_apart",
      type: "BOOL",
      description: "Nobody could tell who sent it: only a replay of this very hit lets it through",
    },
    {
      name: "proof",
      type: "STRING",
      description: "Sealed: what its proof of origin needs beside the body, to be checked by a replay",
    },
    {
      name: "reason",
      type: "STRING",
      required: true,
      description: "A code of docs/errors.md",
    },
    {
      name: "detail",
      type: "STRING",
      required: true,
      description: "What happened and what to do, in a sentence",
    },
    {
      name: "attempt",
      type: "INT64",
      required: true,
      description: "0, or the number of the replay that failed",
    },
    {
      name: "at",
      type: "INT64",
      required: true,
      description: "When it failed, Unix ms",
    },
    {
      name: "dated",
      type: "BOOL",
      required: true,
      description: "Whether date was fixed on receipt, at the stream's offset",
    },
    // Lists and batches are made by size without reading the bodies.
    {
      name: "bytes",
      type: "INT64",
      required: true,
      description: "Size of body in bytes",
    },
  ],
  partitionBy: "date",
  clusterBy: ["hit_id"],
};

/** What happened to dead letters. `attempt` is the number of the replay; of a discarded
 *  one, the latest attempt. */
export const deadLetterEvents: TableSpec = {
  description: "Replays, deliveries and discards of dead letters",
  columns: [
    { name: "hit_id", type: "STRING", required: true, description: "The hit" },
    {
      name: "attempt",
      type: "INT64",
      required: true,
      description: "The number of the replay",
    },
    {
      name: "event",
      type: "STRING",
      required: true,
      description: "replayed, delivered or discarded",
    },
    {
      name: "by",
      type: "STRING",
      description: "Who asked for it, with their note",
    },
    {
      name: "note",
      type: "STRING",
      description: "Why, in the words of the person",
    },
    { name: "at", type: "INT64", required: true, description: "When, Unix ms" },
    {
      name: "date",
      type: "DATE",
      required: true,
      description: "The UTC day of at",
    },
    { name: "job", type: "STRING", description: "Of one of many: the job that did it" },
  ],
  partitionBy: "date",
  clusterBy: ["hit_id"],
};

/** Names in the product's own dataset. */
export const deadLettersTable = "dead_letters";
export const deadLetterEventsTable = "dead_letter_events";
/** What people read: `dead_letters` itself holds the keys of streams. */
export const deadLetterStatesView = "dead_letter_states";

/** A row of `dead_letters`, in the order of its columns.
 *  @param why.at Unix ms of the failure
 *  @param why.date the day for a hit that has none, at the stream's offset; in UTC where left out */
export function letterRow(hit: Hit, why: { reason: Reason; detail: string; at: number; date?: string }): Row {
  return [
    hit.hit_id,
    hit.stream_id,
    hit.received_at,
    hit.date ?? why.date ?? utcDay(hit.received_at),
    hit.body,
    hit.content_type ?? null,
    hit.content_encoding ?? null,
    hit.query ?? null,
    headersJson(hit),
    hit.is_test === true,
    hit.kept_apart === true,
    hit.proof ?? null,
    why.reason,
    why.detail,
    hit.replay ?? 0,
    why.at,
    hit.date !== undefined,
    hit.body.byteLength,
  ];
}

/** The hit that a row of `dead_letters` keeps, by its columns; which attempt it was is left out. */
export function hitOfLetter(row: Readonly<Record<string, Value>>): Hit {
  const { body, content_type, content_encoding, query, proof } = row;
  const headers = headersOf(row["headers"]);
  if (!(body instanceof Uint8Array)) throw new Error("The warehouse gave a dead letter without its body.");
  return {
    hit_id: String(row["hit_id"]),
    stream_id: String(row["stream_id"]),
    received_at: Number(row["received_at"]),
    body,
    // A date that was only made up for the dead letter is made anew, by the fixed document.
    ...(row["dated"] === true && { date: String(row["date"]) }),
    ...(typeof content_type === "string" && { content_type }),
    ...(typeof content_encoding === "string" && { content_encoding }),
    ...(typeof query === "string" && { query }),
    ...(headers !== undefined && { headers }),
    ...(row["is_test"] === true && { is_test: true }),
    ...(row["kept_apart"] === true && { kept_apart: true }),
    ...(typeof proof === "string" && { proof }),
  };
}

/** What `hitOfLetter` reads. */
export const hitColumns = [
  "hit_id",
  "stream_id",
  "received_at",
  "date",
  "dated",
  "body",
  "content_type",
  "content_encoding",
  "query",
  "headers",
  "is_test",
  "kept_apart",
  "proof",
] as const;

export type LetterEvent = "replayed" | "delivered" | "discarded";

/** A row of `dead_letter_events`, in the order of its columns.
 *  @param event.attempt number of the replay; of a discarded one, the latest attempt
 *  @param event.at Unix ms */
export function eventRow(event: {
  hit_id: string;
  attempt: number;
  event: LetterEvent;
  by?: string;
  note?: string;
  job?: string;
  at: number;
}): Row {
  return [
    event.hit_id,
    event.attempt,
    event.event,
    event.by ?? null,
    event.note ?? null,
    event.at,
    utcDay(event.at),
    event.job ?? null,
  ];
}

import type { TableSpec } from "./warehouse.ts";

/** A hit that cannot become a row until a person mends something: kept with its reason. Both tables are append-only;
 *  what state a dead letter is in follows from them, in the view `dead_letter_states`:
 *  discarded (an event says so), else delivered (an event of any attempt), else replaying (a replay was published after
 *  the latest failure), else waiting. Rows may repeat, as all rows may. */

/** Why a hit is a dead letter; docs/errors.md says what to do about each. */
export const reasons = [
  "stream_missing",
  "stream_invalid",
  "dataset_missing",
  "schema_differs",
  "table_forbidden",
  "row_refused",
  "gave_up",
] as const;
export type Reason = (typeof reasons)[number];

export type LetterState = "waiting" | "replaying" | "delivered" | "discarded";
export const letterStates: readonly LetterState[] = ["waiting", "replaying", "delivered", "discarded"];

/** One failed delivery. `attempt` is 0 for a hit straight from its sender, else the number of the replay. */
export const deadLetters: TableSpec = {
  description: "Hits that could not become rows until a person mends something",
  columns: [
    { name: "hit_id", type: "STRING", required: true, description: "The hit" },
    { name: "stream_id", type: "STRING", required: true, description: "The stream it was sent to" },
    { name: "received_at", type: "INT64", required: true, description: "When it was received, Unix ms" },
    { name: "date", type: "DATE", required: true, description: "The day of received_at: at the stream's offset, else UTC" },
    { name: "body", type: "BYTES", required: true, description: "The body byte for byte" },
    { name: "content_type", type: "STRING", description: "As sent" },
    { name: "content_encoding", type: "STRING", description: "Set where the body could not be inflated" },
    { name: "query", type: "STRING", description: "As sent, where a body came too" },
    { name: "is_test", type: "BOOL", description: "A test send" },
    { name: "reason", type: "STRING", required: true, description: "A code of docs/errors.md" },
    { name: "detail", type: "STRING", required: true, description: "What happened and what to do, in a sentence" },
    { name: "attempt", type: "INT64", required: true, description: "0, or the number of the replay that failed" },
    { name: "at", type: "INT64", required: true, description: "When it failed, Unix ms" },
    { name: "dated", type: "BOOL", required: true, description: "Whether date was fixed on receipt, at the stream's offset" },
  ],
  partitionBy: "date",
  clusterBy: ["hit_id"],
};

/** What happened to dead letters. `attempt` is the number of the replay; of a discarded one, the latest attempt. */
export const deadLetterEvents: TableSpec = {
  description: "Replays, deliveries and discards of dead letters",
  columns: [
    { name: "hit_id", type: "STRING", required: true, description: "The hit" },
    { name: "attempt", type: "INT64", required: true, description: "The number of the replay" },
    { name: "event", type: "STRING", required: true, description: "replayed, delivered or discarded" },
    { name: "by", type: "STRING", description: "Who asked for it, with their note" },
    { name: "note", type: "STRING", description: "Why, in the words of the person" },
    { name: "at", type: "INT64", required: true, description: "When, Unix ms" },
    { name: "date", type: "DATE", required: true, description: "The UTC day of at" },
  ],
  partitionBy: "date",
  clusterBy: ["hit_id"],
};

/** Names in the product's own dataset. */
export const deadLettersTable = "dead_letters";
export const deadLetterEventsTable = "dead_letter_events";
export const deadLetterStatesView = "dead_letter_states";

import type { TableRef } from "../table.ts";
import type { Column, TableSpec } from "../warehouse.ts";

/** The tables of backend events, in the product's own dataset. People read them by their views. */

const text = (name: string, description: string): Column => ({ name, type: "STRING", description });
const integer = (name: string, description: string): Column => ({ name, type: "INT64", description });
const needed = (column: Column): Column => ({ ...column, required: true });

const eventId = needed(
  text("event_id", "The event, for ever: the same row of another file is the same event"),
);
const importId = needed(text("import_id", "The import that it came by"));
const date: Column = {
  name: "date",
  type: "DATE",
  required: true,
  description: "The day on which it happened, in the import's zone",
};

/** Each event once, whatever files hold it. */
export const backendEvents: TableSpec = {
  description: "Backend events, each once; read backend_events_current",
  columns: [
    eventId,
    importId,
    needed(text("source", "How it came: sftp, bucket, folder, upload, table or webhook")),
    text("file_id", "The file that brought it first; NULL of a webhook"),
    text("hit_id", "The hit that it is of; NULL of a file"),
    integer("row_no", "Its row in that file, or its place in that hit, from 1"),
    date,
    needed(text("ev", "What happened")),
    {
      name: "reference_ev",
      type: "ARRAY<STRING>",
      description: "The web events that it may belong to, the first one first",
    },
    needed(text("reference_id", "The transaction_id of its web event, exactly")),
    { name: "value", type: "NUMERIC", description: "What it is worth; a refund is negative" },
    { name: "extra", type: "JSON", description: "Further columns of the file, where the import keeps them" },
    needed(integer("received_at", "When its file or hit arrived, in ms since 1970")),
    needed(integer("imported_at", "When it was written, in ms since 1970")),
    { name: "is_test", type: "BOOL", description: "Whether it was sent as a test" },
  ],
  partitionBy: "date",
  clusterBy: ["ev", "reference_id"],
};

/** Which versions of files hold an event: it is there while a current one does. */
export const backendEventFiles: TableSpec = {
  description: "Which versions of files hold a backend event",
  columns: [
    eventId,
    needed(text("file_id", "The file")),
    needed(integer("version", "Its version: the next file of the same name is the next one")),
    integer("row_no", "The row, from 1"),
    { name: "current", type: "BOOL", description: "Whether nothing has replaced this version" },
    text("released_by", "The file that took the place of this row; it comes back where that one is removed"),
    importId,
    date,
  ],
  partitionBy: "date",
  clusterBy: ["file_id", "event_id"],
};

export const importTableNames = {
  events: "backend_events",
  files: "backend_event_files",
  current: "backend_events_current",
  flat: "backend_events_flat",
} as const;

/** A table or view of backend events. @param dataset the product's own */
export function importTable(dataset: string, table: string): TableRef {
  return { dataset, table };
}

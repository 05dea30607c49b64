import type { Column, ColumnType, TableSpec } from "../../warehouse.ts";

/** The tables that say what became of files: in the product's own dataset, beside the events. */

const column = (name: string, type: ColumnType, description: string): Column => ({ name, type, description });
const needed = (name: string, type: ColumnType, description: string): Column => ({
  ...column(name, type, description),
  required: true,
});

const importId = needed("import_id", "STRING", "The name of the import");
const fileId = needed("file_id", "STRING", "The file, as it arrived once");

/** One row a file that arrived, once it is known what became of it. */
export const importFiles: TableSpec = {
  description: "Files of backend events, and what became of each",
  columns: [
    fileId,
    importId,
    needed("name", "STRING", "As it arrived"),
    needed("version", "INT64", "1 for the first file of this name, then 2"),
    needed(
      "attempt",
      "INT64",
      "How often it was decided about: 1, and one more for each import anyway and removal",
    ),
    needed("source", "STRING", "How it came: sftp, bucket, folder, upload or table"),
    needed("sha256", "STRING", "Of its bytes, in hex"),
    needed("bytes", "INT64", "How many it has"),
    column("place", "INT64", "In the order in which files came to count: one more than the file before"),
    column("mode", "STRING", "What it did to those before it: correct, append, replace_dates or snapshot"),
    needed("settings", "STRING", "A hash of what was set on the import when it was read"),
    needed(
      "state",
      "STRING",
      "imported, imported_with_rejects, waiting, failed, duplicate, superseded or removed",
    ),
    column("code", "STRING", "Why it failed or waits; docs/imports.md lists them"),
    column("reason", "STRING", "The same as a sentence"),
    column("line", "INT64", "The physical line that is to blame"),
    column("kind", "STRING", "csv or parquet"),
    column("container", "STRING", "gzip or zip around it"),
    column("encoding", "STRING", "Of its text"),
    column("delimiter", "STRING", "Between its cells"),
    column("number_format", "STRING", "dot, comma, none, undecided or mixed"),
    column("columns", "JSON", "The names of its columns"),
    column("rows", "INT64", "Without the header and blank lines"),
    column("imported", "INT64", "Rows that were accepted"),
    column("rejected", "INT64", "Rows that were not"),
    column("new_events", "INT64", "Events that were not there before it"),
    column("removed_events", "INT64", "Events that are not there any more since"),
    column("first_day", "DATE", "The first day that it holds events of"),
    column("last_day", "DATE", "The last one"),
    column("dates", "JSON", "How many of its events each day has"),
    column("codes", "JSON", "How many of its rows have each reject code"),
    column("warnings", "JSON", "How often each happened"),
    column("hints", "JSON", "What a person should look at"),
    column("load_id", "STRING", "Of the reading that counts; its rejects carry it"),
    column("anyway_by", "STRING", "Who had it imported although it failed or waited"),
    column("superseded_by", "STRING", "The file that took its place"),
    column("removed_by", "STRING", "Who took its rows away"),
    column("removed_at", "INT64", "When, in ms since 1970"),
    needed("arrived_at", "INT64", "When it was whole, in ms since 1970"),
    needed("finished_at", "INT64", "When it was known what became of it, in ms since 1970"),
    needed("arrived_on", "DATE", "The day on which it was whole, in UTC"),
  ],
  partitionBy: "arrived_on",
  clusterBy: ["import_id", "name"],
};

/** One row a row of a file that is no event. */
export const rejectedRows: TableSpec = {
  description: "Rows of files and items of hits that are no backend events, and why",
  columns: [
    needed("file_id", "STRING", "The file; of a hit its hit_id"),
    importId,
    needed("load_id", "STRING", "Of the reading that found it"),
    needed("row_no", "INT64", "The row, from 1"),
    column("line_first", "INT64", "Its first physical line, from 1"),
    column("line_last", "INT64", "Its last one"),
    column("row_group", "INT64", "In Parquet, from 1"),
    column("row_in_group", "INT64", "In Parquet, from 1"),
    needed("faults", "JSON", "A list: the code, the field, the column, the value and what to do"),
    column("raw", "STRING", "The row as it stands, up to 8,192 characters"),
    needed("found_at", "INT64", "When it was found, in ms since 1970"),
    needed("found_on", "DATE", "The day on which it was found, in UTC"),
    column("hit_id", "STRING", "The hit, where it came by one"),
  ],
  partitionBy: "found_on",
  clusterBy: ["file_id", "row_no"],
};

/** One row a day and event whose events a file changed: whoever builds on them builds these days anew. */
export const dayChanges: TableSpec = {
  description: "Days whose backend events changed, by file and event",
  columns: [
    importId,
    needed("date", "DATE", "The day of the events"),
    needed("ev", "STRING", "What happened"),
    needed("rows_before", "INT64", "How many events of this name the day had"),
    needed("rows_after", "INT64", "How many it has since"),
    needed("added", "INT64", "How many came"),
    needed("removed", "INT64", "How many went"),
    fileId,
    needed("changed_at", "INT64", "When, in ms since 1970"),
  ],
  partitionBy: "date",
  clusterBy: ["import_id", "ev"],
};

/** What is read of a file before anything of it counts, and what was there of the events that it touches.
 *  Nothing here counts by itself. */
export const stagedRows: TableSpec = {
  description: "Rows of files on their way into backend events; nothing here counts",
  columns: [
    needed("load_id", "STRING", "The reading"),
    fileId,
    needed(
      "mark",
      "STRING",
      "row: of the file. touched: an event that its removal may change. changed: how many come or go",
    ),
    needed("staged_on", "DATE", "The day on which it was read, in UTC"),
    needed("event_id", "STRING", "The event; empty where events are counted"),
    column("row_no", "INT64", "The row, from 1; how many, where events are counted"),
    column("was_there", "BOOL", "Whether the event was there before"),
    needed("date", "DATE", "The day of the event"),
    needed("ev", "STRING", "What happened"),
    column("reference_ev", "ARRAY<STRING>", "The web events that it may belong to"),
    column("reference_id", "STRING", "The transaction_id of its web event"),
    column("value", "NUMERIC", "What it is worth"),
  ],
  partitionBy: "staged_on",
  clusterBy: ["load_id", "event_id"],
};

export const loadTableNames = {
  files: "import_files",
  rejects: "backend_event_rejects",
  dayChanges: "import_day_changes",
  staged: "backend_events_staged",
} as const;

import type { TableRef } from "../table.ts";
import type { Row, TableSpec } from "../warehouse.ts";

/** What arrived, a row a stream, minute and instance of deliver: append-only, written when the minute is
 *  over. Sums over its rows are "about": what a killed process had counted and not yet written is missing,
 *  and a repeat counts again. The nightly check (check.ts) counts the tables themselves. NULL where there is
 *  nothing to count: it costs nothing. */
export const activity: TableSpec = {
  description: "What arrived and what was refused, by stream and minute; about, until the day is checked",
  columns: [
    {
      name: "stream_ref",
      type: "STRING",
      description: "Which stream, as its rows say; NULL for hits of streams that are not there",
    },
    {
      name: "date",
      type: "DATE",
      required: true,
      description: "The day of these hits at the stream's offset; the partition, so filter on it",
    },
    {
      name: "minute",
      type: "INT64",
      required: true,
      description: "When the minute began in which they were received, Unix ms",
    },
    {
      name: "minutes",
      type: "INT64",
      required: true,
      description: "How many minutes the row stands for: 1, or more where very many streams are active",
    },
    { name: "hits", type: "INT64", description: "Rows written, repeats too, without tests" },
    { name: "tests", type: "INT64", description: "Rows of test sends" },
    {
      name: "dead_letters",
      type: "INT64",
      description: "Hits that became dead letters; a replay that fails again does not count again",
    },
    { name: "bytes", type: "INT64", description: "Bytes of the hits' bodies" },
    { name: "last_at", type: "INT64", description: "When the last of the hits was received, Unix ms" },
    {
      name: "delay_p50_ms",
      type: "INT64",
      description: "From received to in the table: half of the hits took no longer, to a tenth",
    },
    { name: "delay_p95_ms", type: "INT64", description: "The same for 95 of 100" },
    { name: "looked", type: "INT64", description: "Hits whose key and time were looked at: the first 20" },
    { name: "with_key", type: "INT64", description: "Of these, those in which the stream's key was found" },
    {
      name: "with_time",
      type: "INT64",
      description: "Of these, those in which the time in the stream's updated could be read",
    },
    { name: "refused", type: "INT64", description: "Requests that were answered with an error" },
    { name: "refused_reason", type: "STRING", description: "The error's code, a row for each" },
    { name: "instance", type: "STRING", required: true, description: "Which process counted" },
    { name: "at", type: "INT64", required: true, description: "When the row was written, Unix ms" },
  ],
  partitionBy: "date",
  clusterBy: ["stream_ref"],
};

/** Counts of one stream and minute; what is left out is NULL. */
export interface Counts {
  stream_ref?: string | undefined;
  date: string;
  minute: number;
  minutes: number;
  hits?: number;
  tests?: number;
  dead_letters?: number;
  bytes?: number;
  last_at?: number;
  delay_p50_ms?: number | undefined;
  delay_p95_ms?: number | undefined;
  looked?: number;
  with_key?: number;
  with_time?: number;
  refused?: number;
  refused_reason?: string;
  instance: string;
  at: number;
}

/** In the order of the columns. */
export function activityRow(counts: Counts): Row {
  const values: Readonly<Record<string, string | number | undefined>> = { ...counts };
  return activity.columns.map(({ name }) => values[name] ?? null);
}

export function activityTable(productDataset: string): TableRef {
  return { dataset: productDataset, table: "activity" };
}

/** A day of a stream, once it is over: what was counted, and what its table says. Rows may
 *  repeat: the one with the latest `at` holds. A day is written again where hits of it were
 *  delivered after it was checked. */
export const activityDays: TableSpec = {
  description: "What arrived by stream and day, checked against the tables; of several rows the latest holds",
  columns: [
    { name: "stream_ref", type: "STRING", required: true, description: "Which stream, as its rows say" },
    { name: "date", type: "DATE", required: true, description: "The day at the stream's offset" },
    {
      name: "hits",
      type: "INT64",
      description: "Different hits in the table, without tests; NULL where it could not be counted",
    },
    { name: "rows", type: "INT64", description: "Rows in the table, with repeats and tests" },
    { name: "counted", type: "INT64", required: true, description: "Rows that afterclick.activity knows of" },
    { name: "tests", type: "INT64", required: true, description: "Of these, those of test sends" },
    { name: "dead_letters", type: "INT64", required: true, description: "Hits that became dead letters" },
    {
      name: "refused",
      type: "INT64",
      required: true,
      description: "Requests that were answered with an error",
    },
    { name: "bytes", type: "INT64", required: true, description: "Bytes of the hits' bodies" },
    { name: "last_at", type: "INT64", description: "When the last hit was received, Unix ms" },
    { name: "at", type: "INT64", required: true, description: "When it was checked, Unix ms" },
  ],
  partitionBy: "date",
  clusterBy: ["stream_ref"],
};

export function activityDaysTable(productDataset: string): TableRef {
  return { dataset: productDataset, table: "activity_days" };
}

/** In the order of the columns; what is left out is NULL. */
export function activityDaysRow(values: Readonly<Record<string, string | number | undefined>>): Row {
  return activityDays.columns.map(({ name }) => values[name] ?? null);
}

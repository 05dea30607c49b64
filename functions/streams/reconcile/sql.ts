import { requestRefused } from "../../problems.ts";
import { jsonPath, parsePath, ways } from "../records/path.ts";
import type { Stream } from "../stream.ts";
import { tableName, type TableRef } from "../../table.ts";
import { time } from "../shapes/words.ts";

/** A table that holds all records, such as a feed's, beside what came by webhook. */
export interface Against {
  readonly table: TableRef;
  /** Columns of it. */
  readonly key: string;
  readonly updated?: string | undefined;
  /** Columns whose values have to be those that the payload has, by their path there. */
  readonly compare?: Readonly<Record<string, string>> | undefined;
}

/** SQL that runs on both grounds as it stands.
 *  `counts`: one row: records, missing, older, differs, ahead. `rows`: a record that is wrong in each. */
export interface ReconcileSql {
  readonly counts: string;
  readonly rows: string;
}

/** Each record of the table beside the stream's latest state of it:
 *  `missing` never came; `older`: the stream's state is older; `differs`: of the same age, and not the same;
 *  `ahead`: the stream knows a later state, which is no fault. Times that cannot be read decide nothing.
 *  @throws request_refused where the stream names no record */
export function reconcileSql(stream: Stream, { table, key, updated, compare = {} }: Against): ReconcileSql {
  if (typeof stream.key !== "string")
    throw requestRefused({
      what: "The stream's key is not one path, so that its records cannot be found in a table; set key to the path of what the table has in its column",
    });
  const body = stream.items === undefined ? "fields" : "item";
  const there = Object.entries(compare);
  const come = [
    `${valueSql(stream.key, body)} AS came_key`,
    `${stream.updated === undefined ? noTime : time(valueSql(stream.updated, body))} AS came_at`,
    ...there.map(([, path], at) => `${valueSql(path, body)} AS came_${at}`),
  ];
  const all = [
    `CAST(${quoted(key)} AS STRING) AS record_key`,
    `${updated === undefined ? noTime : time(`CAST(${quoted(updated)} AS STRING)`)} AS record_at`,
    ...there.map(([column], at) => `CAST(${quoted(column)} AS STRING) AS record_${at}`),
  ];
  const isOther = there.map((_, at) => `COALESCE(record_${at}, '') <> COALESCE(came_${at}, '')`).join(" OR ");
  const kind = [
    "CASE WHEN came_key IS NULL THEN 'missing'",
    "WHEN record_at > came_at THEN 'older'",
    "WHEN came_at > record_at THEN 'ahead'",
    ...(isOther === "" ? [] : [`WHEN ${isOther} THEN 'differs'`]),
    "ELSE 'same' END",
  ].join(" ");
  const current = { ...stream.table, table: `${stream.table.table}_current` };
  const from = [
    "FROM (",
    `  SELECT record_key, record_at, came_at, ${kind} AS kind`,
    "  FROM (",
    "    SELECT *, ROW_NUMBER() OVER (PARTITION BY record_key ORDER BY record_at DESC) AS place",
    `    FROM (SELECT ${all.join(", ")} FROM ${quoted(tableName(table))}) AS each_record`,
    "    WHERE record_key IS NOT NULL",
    "  ) AS records",
    `  LEFT JOIN (SELECT ${come.join(", ")} FROM ${quoted(tableName(current))}) AS came`,
    "  ON record_key = came_key",
    "  WHERE place = 1",
    ") AS compared",
  ].join("\n");
  const count = (one: string) => `SUM(CASE WHEN kind = '${one}' THEN 1 ELSE 0 END) AS ${one}`;
  return {
    counts: `SELECT COUNT(*) AS records, ${["missing", "older", "differs", "ahead"].map(count).join(", ")}\n${from}`,
    rows: `SELECT record_key, kind, record_at, came_at\n${from}\nWHERE kind IN ('missing', 'older', 'differs')\nORDER BY record_at, record_key`,
  };
}

const noTime = "CAST(NULL AS TIMESTAMP)";
const quoted = (name: string): string => `\`${name}\``;

function valueSql(text: string, body: string): string {
  const path = parsePath(text);
  if (path === undefined || path.from === "hit")
    throw requestRefused({
      what: `${JSON.stringify(text)} is no path into the record; allowed is one such as order.status`,
    });
  const json = path.from === "header" ? "headers" : body;
  const values = ways(path).map((way) => `JSON_VALUE(${json}, '${jsonPath(way)}')`);
  return values.length === 1 ? values[0]! : `COALESCE(${values.join(", ")})`;
}

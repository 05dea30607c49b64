import type { Dialect } from "../../dialect.ts";
import type { TableRef } from "../../table.ts";
import type { timeUnits } from "./presets.ts";

/** Where web events are: any table or view, its columns named. Names and paths are those of SQL, never
 *  SQL. */
export interface WebEvents {
  /** What these web events are called, so that several tables may be linked to. */
  readonly source: string;
  readonly table: TableRef | FilesRef;
  /** `daily`: a table for each day, the name with YYYYMMDD behind it. */
  readonly tables?: "one" | "daily";
  readonly ev: Cell;
  readonly transaction_id: Cell;
  readonly time: Cell;
  readonly time_unit: (typeof timeUnits)[number];
  /** What names a web event; of several cells, all of them together. */
  readonly web_event_id: readonly Cell[];
  /** A column of type DATE by which the table is partitioned: then days are read, not all of it. */
  readonly day?: string;
  /** Whose days they are: UTC where left out. */
  readonly zone?: string;
}

/** Files of the folder of files, on one machine: a pattern such as `leads/*.parquet`. */
export interface FilesRef {
  readonly files: string;
}

/** A column; a value within it, of a column of JSON by a JSONPath, of a record by names with dots; or the
 *  same text for all rows. */
export type Cell =
  | { readonly column: string }
  | { readonly column: string; readonly json: string }
  | { readonly constant: string };

/** The rows as ev, id, event_time (in microseconds) and web_event_id.
 *  @param from what stands behind FROM
 *  @param days what to read at least, where the table can be read by its days */
export function webEventsSql(
  sql: Dialect,
  web: WebEvents,
  from: string,
  days: { first: string; last: string },
): string {
  const ids = web.web_event_id.map((cell) => `CAST(${cellSql(sql, cell)} AS STRING)`);
  // A day more on each side: its zone may be another one.
  const partition =
    web.day === undefined
      ? "TRUE"
      : `${sql.name(web.day)} BETWEEN ${sql.dayOf(`${sql.dayNumber(`DATE ${sql.text(days.first)}`)} - 1`)} ` +
        `AND ${sql.dayOf(`${sql.dayNumber(`DATE ${sql.text(days.last)}`)} + 1`)}`;
  return (
    `SELECT CAST(${cellSql(sql, web.ev)} AS STRING) AS ac_ev, CAST(${cellSql(sql, web.transaction_id)} AS STRING) AS ac_id, ` +
    `${timeSql(sql, web)} AS ac_time, ${ids.join(" || '.' || ")} AS ac_web_event_id ` +
    `FROM ${from} WHERE ${partition}`
  );
}

function cellSql(sql: Dialect, cell: Cell): string {
  if ("constant" in cell) return sql.text(cell.constant);
  if ("json" in cell) return sql.jsonValue(sql.name(cell.column), cell.json);
  return cell.column.split(".").map(sql.name).join(".");
}

function timeSql(sql: Dialect, { time, time_unit }: WebEvents): string {
  const cell = cellSql(sql, time);
  if (time_unit === "timestamp") return sql.micros(cell);
  const factor = { seconds: 1_000_000, ms: 1_000, us: 1 }[time_unit];
  return `CAST(${cell} AS INT64) * ${factor}`;
}

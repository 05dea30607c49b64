import type { Dialect } from "../../dialect.ts";
import { dayColumn, type FeedColumn } from "./columns.ts";
import type { FeedType } from "../read/values.ts";

/** The SQL that makes rows of what was staged, of one text for both warehouses. */

export interface Staged {
  /** As `Dialect.table` names it. */
  readonly table: string;
  readonly load_id: string;
  /** YYYY-MM-DD: of rows of a table that holds days. */
  readonly day?: string | undefined;
}

/** The staged records as rows. */
export function rowsSelect(
  sql: Dialect,
  columns: readonly FeedColumn[],
  { table, load_id, day }: Staged,
): string {
  const cells = columns.map(
    ({ column, type }, index) =>
      `${typed(sql, sql.jsonValue(sql.name("cells"), `$[${index}]`), type)} AS ${sql.name(column)}`,
  );
  const all = day === undefined ? cells : [`${dayText(sql, day)} AS ${sql.name(dayColumn)}`, ...cells];
  return `SELECT ${all.join(", ")} FROM ${table} WHERE ${sql.name("load_id")} = ${sql.text(load_id)}`;
}

/** All rows but those of the staged day, in new columns, and the staged ones. */
export function rebuiltSelect(
  sql: Dialect,
  table: string,
  { before, after }: { before: readonly FeedColumn[]; after: readonly FeedColumn[] },
  staged: Staged & { readonly day: string },
): string {
  const old = new Map(before.map((column) => [column.column, column]));
  const kept = after.map(({ column, type }) => {
    const was = old.get(column);
    const value = was === undefined ? none(sql, type) : recast(sql, was, type);
    return `${value} AS ${sql.name(column)}`;
  });
  return (
    `SELECT ${[sql.name(dayColumn), ...kept].join(", ")} FROM ${table} ` +
    `WHERE ${sql.name(dayColumn)} <> ${dayText(sql, staged.day)} ` +
    `UNION ALL ${rowsSelect(sql, after, staged)}`
  );
}

/** The staged records take the place of the rows of their day. */
export function dayStatements(
  sql: Dialect,
  table: string,
  columns: readonly FeedColumn[],
  staged: Staged & { readonly day: string },
): string[] {
  const names = [dayColumn, ...columns.map(({ column }) => column)].map(sql.name);
  return [
    `DELETE FROM ${table} WHERE ${sql.name(dayColumn)} = ${dayText(sql, staged.day)}`,
    `INSERT INTO ${table} (${names.join(", ")}) ${rowsSelect(sql, columns, staged)}`,
  ];
}

/** Takes away what was staged, and what is left there of days before. */
export function sweepStatement(sql: Dialect, table: string, load_id: string, before: string): string {
  return (
    `DELETE FROM ${table} WHERE ${sql.name("load_id")} = ${sql.text(load_id)} ` +
    `OR ${sql.name("staged_on")} < ${dayText(sql, before)}`
  );
}

/** The latest of the records that have the same key; those without one stand for themselves. */
export function currentSelect(
  sql: Dialect,
  table: string,
  { key, updated, isPartitioned }: { key: string; updated: string | undefined; isPartitioned: boolean },
): string {
  const order = [...(updated === undefined ? [] : [updated]), ...(isPartitioned ? [dayColumn] : [])];
  const latest = order.map((column) => `${sql.name(column)} DESC NULLS LAST`).join(", ");
  return (
    `SELECT * FROM ${table} WHERE TRUE QUALIFY ${sql.name(key)} IS NULL OR ` +
    `ROW_NUMBER() OVER (PARTITION BY ${sql.name(key)}${latest === "" ? "" : ` ORDER BY ${latest}`}) = 1`
  );
}

function typed(sql: Dialect, text: string, type: FeedType): string {
  switch (type) {
    case "BOOLEAN":
      return `CAST(${text} AS BOOL)`;
    case "INTEGER":
      return sql.integer(text);
    case "FLOAT":
      return sql.float(text);
    case "DATE":
      return `CAST(${text} AS DATE)`;
    case "TIMESTAMP":
      return sql.moment(text);
    case "RECORD":
      return sql.json(text);
    case "STRING":
      return text;
  }
}

const none = (sql: Dialect, type: FeedType) => typed(sql, "CAST(NULL AS STRING)", type);

function recast(sql: Dialect, { column, type: was, unseen }: FeedColumn, type: FeedType): string {
  const name = sql.name(column);
  if (was === type) return name;
  if (unseen === true) return none(sql, type);
  if (type === "FLOAT") return sql.float(name);
  return was === "RECORD" ? sql.jsonText(name) : `CAST(${name} AS STRING)`;
}

const dayText = (sql: Dialect, day: string) => `CAST(${sql.text(day)} AS DATE)`;

import type { Dialect } from "../../../dialect.ts";
import type { Mode } from "../../registered/fields.ts";
import { importTable, importTableNames } from "../../tables.ts";
import { loadTableNames } from "../tables.ts";

/** What the statements that make rows of files count, and those that take them away, are made of. */

/** What is known of the file before they run. */
export interface Loading {
  readonly dataset: string;
  readonly import_id: string;
  readonly name: string;
  readonly file_id: string;
  readonly version: number;
  readonly attempt: number;
  readonly load_id: string;
  readonly mode: Mode;
  readonly source: string;
  readonly arrived_at: number;
  /** Of whoever runs them, in Unix ms. */
  readonly now: number;
}

export interface At {
  readonly sql: Dialect;
  readonly loading: Loading;
  readonly tables: ReturnType<typeof tablesOf>;
}

export function tablesOf(sql: Dialect, dataset: string) {
  const table = (name: string) => sql.table(importTable(dataset, name));
  return {
    events: table(importTableNames.events),
    held: table(importTableNames.files),
    files: table(loadTableNames.files),
    changes: table(loadTableNames.dayChanges),
    staged: table(loadTableNames.staged),
  };
}

/** All names are quoted: `date`, `current` and `rows` are words of SQL. */
export const of = (sql: Dialect, alias: string, ...names: string[]) =>
  names.map((name) => `${alias}.${sql.name(name)}`).join(", ");

/** Rows of this reading with one mark, as `s`. */
export const staged = ({ sql, loading, tables }: At, mark: "row" | "touched" | "changed") =>
  `(SELECT * FROM ${tables.staged} WHERE ${sql.name("load_id")} = ${sql.text(loading.load_id)} ` +
  `AND ${sql.name("mark")} = '${mark}') s`;

/** Of the staged rows those whose event has no such row in another table. NOT EXISTS would have DuckDB group
 *  all of them first, though there is nothing to look for most times. */
export function without({ sql }: At, table: string, where = "TRUE"): string {
  const [id, date] = ["event_id", "date"].map(sql.name);
  return (
    `LEFT JOIN (SELECT ${id}, ${date} FROM ${table} WHERE ${where}) o ON o.${id} = s.${id} AND o.${date} = s.${date} ` +
    `WHERE o.${id} IS NULL`
  );
}

/** Whether the file's row was written already: then nothing is counted again. */
export const isTold = ({ sql, loading, tables }: At) =>
  `EXISTS (SELECT 1 FROM ${tables.files} WHERE ${sql.name("file_id")} = ${sql.text(loading.file_id)} ` +
  `AND ${sql.name("attempt")} >= ${loading.attempt})`;

/** Ids of the events that are there. */
export const currentIds = ({ sql, loading, tables }: At) =>
  `SELECT ${sql.name("event_id")} FROM ${tables.held} ` +
  `WHERE ${sql.name("current")} AND ${sql.name("import_id")} = ${sql.text(loading.import_id)}`;

/** Which rows of what is held by files this one takes the place of; undefined: of none. */
export function replaced(at: At, alias = "m"): string | undefined {
  const { sql, loading, tables } = at;
  const others =
    `${of(sql, alias, "current")} AND ${of(sql, alias, "import_id")} = ${sql.text(loading.import_id)} ` +
    `AND ${of(sql, alias, "file_id")} <> ${sql.text(loading.file_id)}`;
  switch (loading.mode) {
    case "append":
      return undefined;
    case "snapshot":
      return others;
    case "replace_dates":
      return `${others} AND ${of(sql, alias, "date")} IN (SELECT ${of(sql, "s", "date")} FROM ${staged(at, "row")})`;
    case "correct":
      return (
        `${others} AND ${of(sql, alias, "file_id")} IN (SELECT ${sql.name("file_id")} FROM ${tables.files} ` +
        `WHERE ${sql.name("import_id")} = ${sql.text(loading.import_id)} AND ${sql.name("name")} = ${sql.text(loading.name)})`
      );
  }
}

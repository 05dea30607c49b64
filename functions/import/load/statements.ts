import type { Dialect } from "../../dialect.ts";
import type { Value } from "../../warehouse.ts";
import type { Mode } from "../registered/fields.ts";
import { backendEvents, importTable, importTableNames } from "../tables.ts";
import { dayChanges, importFiles, loadTableNames } from "./tables.ts";

/** What makes the rows of a file count, as statements of one text for both warehouses. They run together or
 *  not at all, and running them again changes nothing: whatever counts what happened does so where the file
 *  has no row yet. */

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

/** A file's row without what only the statements know. */
export type FileRow = Readonly<Record<string, Value>>;

/** The events of a file become current, those that it replaces do not stay so, and its row says what
 *  happened. */
export function loadStatements(sql: Dialect, loading: Loading, row: FileRow): string[] {
  const tables = tablesOf(sql, loading.dataset);
  const at = { sql, loading, tables };
  return [
    touch(at, touchedBy(at)),
    ...release(at),
    addEvents(at),
    hold(at),
    changeDays(at),
    ...supersede(at),
    ...tell(at, row),
  ];
}

/** Nothing but the file's row: it failed, waits, or is there already. */
export function tellStatements(sql: Dialect, loading: Loading, row: FileRow): string[] {
  const tables = tablesOf(sql, loading.dataset);
  return tell({ sql, loading, tables }, row, { new_events: "0", removed_events: "0" });
}

/** Takes away what was staged of a file, and what is left there of days before. */
export function sweepStatement(
  sql: Dialect,
  { dataset, file_id, before }: Pick<Loading, "dataset" | "file_id"> & { before: string },
): string {
  const { staged } = tablesOf(sql, dataset);
  return (
    `DELETE FROM ${staged} WHERE ${sql.name("file_id")} = ${sql.text(file_id)} ` +
    `OR ${sql.name("staged_on")} < CAST(${sql.text(before)} AS DATE)`
  );
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
const staged = ({ sql, loading, tables }: At, mark: "row" | "touched") =>
  `(SELECT * FROM ${tables.staged} WHERE ${sql.name("load_id")} = ${sql.text(loading.load_id)} ` +
  `AND ${sql.name("mark")} = '${mark}') s`;

/** Whether the file's row was written already: then nothing is counted again. */
export const isTold = ({ sql, loading, tables }: At) =>
  `EXISTS (SELECT 1 FROM ${tables.files} WHERE ${sql.name("file_id")} = ${sql.text(loading.file_id)} ` +
  `AND ${sql.name("attempt")} >= ${loading.attempt})`;

/** Ids of the events that are there. */
const currentIds = ({ sql, loading, tables }: At) =>
  `SELECT ${sql.name("event_id")} FROM ${tables.held} ` +
  `WHERE ${sql.name("current")} AND ${sql.name("import_id")} = ${sql.text(loading.import_id)}`;

/** Which rows of what is held by files, as `m`, this one takes the place of; undefined: of none. */
function replaced(at: At): string | undefined {
  const { sql, loading, tables } = at;
  const others =
    `${of(sql, "m", "current")} AND ${of(sql, "m", "import_id")} = ${sql.text(loading.import_id)} ` +
    `AND ${of(sql, "m", "file_id")} <> ${sql.text(loading.file_id)}`;
  switch (loading.mode) {
    case "append":
      return undefined;
    case "snapshot":
      return others;
    case "replace_dates":
      return `${others} AND ${of(sql, "m", "date")} IN (SELECT ${of(sql, "s", "date")} FROM ${staged(at, "row")})`;
    case "correct":
      return (
        `${others} AND ${of(sql, "m", "file_id")} IN (SELECT ${sql.name("file_id")} FROM ${tables.files} ` +
        `WHERE ${sql.name("import_id")} = ${sql.text(loading.import_id)} AND ${sql.name("name")} = ${sql.text(loading.name)})`
      );
  }
}

const touchedColumns = ["event_id", "date", "ev"];

/** The events of rows that files hold, as `m`. */
export const eventsHeld = ({ sql, tables }: At, where: string) =>
  `SELECT ${of(sql, "e", ...touchedColumns)} FROM ${tables.held} m JOIN ${tables.events} e ` +
  `ON ${of(sql, "e", "event_id")} = ${of(sql, "m", "event_id")} AND ${of(sql, "e", "date")} = ${of(sql, "m", "date")} ` +
  `WHERE ${where}`;

/** The events that the file may add or take away. */
function touchedBy(at: At): string {
  const there = replaced(at);
  const own = `SELECT ${of(at.sql, "s", ...touchedColumns)} FROM ${staged(at, "row")}`;
  return there === undefined ? own : `${own} UNION ALL ${eventsHeld(at, there)}`;
}

/** Notes of each of these events whether it was there. */
export function touch(at: At, events: string): string {
  const { sql, loading, tables } = at;
  const into = ["load_id", "file_id", "mark", "event_id", "date", "ev", "was_there", "staged_on"]
    .map(sql.name)
    .join(", ");
  return (
    `INSERT INTO ${tables.staged} (${into}) SELECT ${sql.text(loading.load_id)}, ${sql.text(loading.file_id)}, 'touched', ` +
    `${of(sql, "t", ...touchedColumns)}, ${of(sql, "t", "event_id")} IN (${currentIds(at)}), ` +
    `CAST(${sql.text(new Date(loading.now).toISOString().slice(0, 10))} AS DATE) FROM ` +
    `(SELECT DISTINCT ${touchedColumns.map(sql.name).join(", ")} FROM (${events})) t ` +
    `WHERE NOT ${isTold(at)}`
  );
}

function release(at: At): string[] {
  const { sql, loading, tables } = at;
  const there = replaced(at);
  if (there === undefined) return [];
  const by = `${sql.name("released_by")} = ${sql.text(loading.file_id)}`;
  return [`UPDATE ${tables.held} m SET ${sql.name("current")} = FALSE, ${by} WHERE ${there}`];
}

function addEvents(at: At): string {
  const { sql, loading, tables } = at;
  const values: Record<string, string> = {
    import_id: sql.text(loading.import_id),
    source: sql.text(loading.source),
    file_id: sql.text(loading.file_id),
    received_at: String(loading.arrived_at),
    imported_at: String(loading.now),
    is_test: "FALSE",
    ...Object.fromEntries(
      ["event_id", "row_no", "date", "ev", "reference_ev", "reference_id", "value"].map((name) => [
        name,
        of(sql, "s", name),
      ]),
    ),
  };
  const names = backendEvents.columns.map(({ name }) => name).filter((name) => name in values);
  return (
    `INSERT INTO ${tables.events} (${names.map(sql.name).join(", ")}) ` +
    `SELECT ${names.map((name) => values[name]).join(", ")} FROM ${staged(at, "row")} ` +
    `WHERE NOT EXISTS (SELECT 1 FROM ${tables.events} e WHERE ${of(sql, "e", "event_id")} = ${of(sql, "s", "event_id")} ` +
    `AND ${of(sql, "e", "date")} = ${of(sql, "s", "date")})`
  );
}

function hold(at: At): string {
  const { sql, loading, tables } = at;
  const into = ["event_id", "file_id", "version", "row_no", "current", "import_id", "date"]
    .map(sql.name)
    .join(", ");
  const file = sql.text(loading.file_id);
  return (
    `INSERT INTO ${tables.held} (${into}) SELECT ${of(sql, "s", "event_id")}, ${file}, ${loading.version}, ` +
    `${of(sql, "s", "row_no")}, TRUE, ${sql.text(loading.import_id)}, ${of(sql, "s", "date")} FROM ${staged(at, "row")} ` +
    `WHERE NOT EXISTS (SELECT 1 FROM ${tables.held} m WHERE ${of(sql, "m", "event_id")} = ${of(sql, "s", "event_id")} ` +
    `AND ${of(sql, "m", "file_id")} = ${file})`
  );
}

/** The touched events as `c`, with what they are now. */
const compared = (at: At) =>
  `(SELECT ${of(at.sql, "s", "event_id", "date", "ev", "was_there")}, ` +
  `${of(at.sql, "s", "event_id")} IN (${currentIds(at)}) AS ${at.sql.name("is_there")} FROM ${staged(at, "touched")}) c`;

const came = (sql: Dialect) => `${of(sql, "c", "is_there")} AND NOT ${of(sql, "c", "was_there")}`;
const went = (sql: Dialect) => `${of(sql, "c", "was_there")} AND NOT ${of(sql, "c", "is_there")}`;
const counting = (condition: string) => `COUNT(CASE WHEN ${condition} THEN 1 END)`;

/** Tells what the touched events were and are, by day and name. */
export function changeDays(at: At): string {
  const { sql, loading, tables } = at;
  const [date, ev, added, removed] = ["date", "ev", "added", "removed"].map(sql.name);
  const sums =
    `(SELECT ${of(sql, "c", "date", "ev")}, ${counting(came(sql))} AS ${added}, ${counting(went(sql))} AS ${removed} ` +
    `FROM ${compared(at)} GROUP BY ${of(sql, "c", "date")}, ${of(sql, "c", "ev")}) d`;
  const now =
    `(SELECT ${of(sql, "e", "date", "ev")}, COUNT(DISTINCT ${of(sql, "e", "event_id")}) AS ${sql.name("rows_now")} ` +
    `FROM ${tables.events} e WHERE ${of(sql, "e", "event_id")} IN (${currentIds(at)}) ` +
    `GROUP BY ${of(sql, "e", "date")}, ${of(sql, "e", "ev")}) n`;
  const after = `COALESCE(${of(sql, "n", "rows_now")}, 0)`;
  const into = dayChanges.columns.map(({ name }) => sql.name(name)).join(", ");
  return (
    `INSERT INTO ${tables.changes} (${into}) SELECT ${sql.text(loading.import_id)}, ${of(sql, "d", "date", "ev")}, ` +
    `${after} - d.${added} + d.${removed}, ${after}, d.${added}, d.${removed}, ${sql.text(loading.file_id)}, ${loading.now} ` +
    `FROM ${sums} LEFT JOIN ${now} ON n.${date} = d.${date} AND n.${ev} = d.${ev} ` +
    `WHERE d.${added} + d.${removed} > 0 AND NOT ${isTold(at)}`
  );
}

/** Files of which nothing stays. */
function supersede(at: At): string[] {
  const { sql, loading, tables } = at;
  if (loading.mode === "append") return [];
  const others =
    `${sql.name("import_id")} = ${sql.text(loading.import_id)} AND ${sql.name("file_id")} <> ${sql.text(loading.file_id)} ` +
    `AND ${sql.name("state")} IN ('imported', 'imported_with_rejects')`;
  const those = {
    snapshot: "",
    correct: ` AND ${sql.name("name")} = ${sql.text(loading.name)}`,
    replace_dates:
      ` AND ${sql.name("imported")} > 0 AND ${sql.name("file_id")} NOT IN (SELECT ${sql.name("file_id")} ` +
      `FROM ${tables.held} WHERE ${sql.name("current")})`,
  }[loading.mode];
  const set = `${sql.name("state")} = 'superseded', ${sql.name("superseded_by")} = ${sql.text(loading.file_id)}`;
  return [`UPDATE ${tables.files} SET ${set} WHERE ${others}${those}`];
}

/** Writes the file's row, once an attempt. @param counts in the place of what is counted */
function tell(at: At, row: FileRow, counts?: Readonly<Record<string, string>>): string[] {
  const { sql, loading, tables } = at;
  const count = (condition: string) => `(SELECT ${counting(condition)} FROM ${compared(at)})`;
  const counted: Readonly<Record<string, string>> = {
    place:
      `(SELECT COALESCE(MAX(${sql.name("place")}), 0) + 1 FROM ${tables.files} ` +
      `WHERE ${sql.name("import_id")} = ${sql.text(loading.import_id)})`,
    ...(counts ?? { new_events: count(came(sql)), removed_events: count(went(sql)) }),
  };
  const names = importFiles.columns.map(({ name }) => name);
  const values = importFiles.columns.map(
    ({ name, type }) => counted[name] ?? literal(sql, row[name] ?? null, type),
  );
  return [
    `DELETE FROM ${tables.files} WHERE ${sql.name("file_id")} = ${sql.text(loading.file_id)} ` +
      `AND ${sql.name("attempt")} < ${loading.attempt}`,
    `INSERT INTO ${tables.files} (${names.map(sql.name).join(", ")}) ` +
      `SELECT ${values.join(", ")} FROM (SELECT 1 AS ${sql.name("one")}) o WHERE NOT ${isTold(at)}`,
  ];
}

function literal(sql: Dialect, value: Value, type: string): string {
  if (value === null) return `CAST(NULL AS ${type})`;
  if (typeof value === "number") return String(value);
  const text = sql.text(String(value));
  if (type === "DATE") return `CAST(${text} AS DATE)`;
  return type === "JSON" ? sql.json(text) : text;
}

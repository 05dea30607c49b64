import type { Dialect } from "../../../dialect.ts";
import type { Value } from "../../../warehouse.ts";
import { backendEvents } from "../../tables.ts";
import { changeDays, countChanges, noted, willChange } from "./changes.ts";
import { type At, isTold, type Loading, of, replaced, staged, tablesOf, without } from "./parts.ts";
import { importFiles } from "../tables.ts";

/** What makes the rows of a file count, as statements of one text for both warehouses. They run together or
 *  not at all, and running them again changes nothing: whatever counts what happened does so where the file
 *  has no row yet. */

/** A file's row without what only the statements know. */
export type FileRow = Readonly<Record<string, Value>>;

/** The events of a file become current, those that it replaces do not stay so, and its row says what
 *  happened. */
export function loadStatements(sql: Dialect, loading: Loading, row: FileRow): string[] {
  const tables = tablesOf(sql, loading.dataset);
  const at = { sql, loading, tables };
  return [
    countChanges(at, willChange(at)),
    changeDays(at, "before"),
    ...release(at),
    addEvents(at),
    hold(at),
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
    `SELECT ${names.map((name) => values[name]).join(", ")} FROM ${staged(at, "row")} ${without(at, tables.events)}`
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
    without(at, tables.held, `${sql.name("file_id")} = ${file}`)
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
  const counted: Readonly<Record<string, string>> = {
    place:
      `(SELECT COALESCE(MAX(${sql.name("place")}), 0) + 1 FROM ${tables.files} ` +
      `WHERE ${sql.name("import_id")} = ${sql.text(loading.import_id)})`,
    ...(counts ?? { new_events: noted(at, false), removed_events: noted(at, true) }),
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

import type { Dialect } from "../../../dialect.ts";
import { type At, currentIds, isTold, of, replaced, staged, without } from "./parts.ts";
import { dayChanges } from "../tables.ts";

/** How many events of each day and name come and go by a file, or by its removal. It is noted beside the
 *  staged rows, so that the file's row and the changed days say the same. */

const touchedColumns = ["event_id", "date", "ev"];

/** The events of rows that files hold, as `m`. */
export const eventsHeld = ({ sql, tables }: At, where: string) =>
  `SELECT ${of(sql, "e", ...touchedColumns)} FROM ${tables.held} m JOIN ${tables.events} e ` +
  `ON ${of(sql, "e", "event_id")} = ${of(sql, "m", "event_id")} AND ${of(sql, "e", "date")} = ${of(sql, "m", "date")} ` +
  `WHERE ${where}`;

/** The events that a file will bring, and those that will be gone by it: known while all is as it was.
 *  Nothing is held yet of most files, and to compare with nothing costs nothing. */
export function willChange(at: At): string {
  const { sql, loading, tables } = at;
  const [isGoing, id] = ["was_there", "event_id"].map(sql.name);
  const held = `${sql.name("current")} AND ${sql.name("import_id")} = ${sql.text(loading.import_id)}`;
  const come =
    `SELECT ${of(sql, "s", "date", "ev")}, FALSE AS ${isGoing} FROM ${staged(at, "row")} ` +
    without(at, tables.held, held);
  const those = replaced(at);
  if (those === undefined) return come;
  const stays = `SELECT k.${id} FROM ${tables.held} k WHERE ${held} AND NOT (${replaced(at, "k")})`;
  const goes = `${those} AND m.${id} NOT IN (${stays}) AND m.${id} NOT IN (SELECT s.${id} FROM ${staged(at, "row")})`;
  // Several files may hold an event.
  const gone = `SELECT DISTINCT ${touchedColumns.map(sql.name).join(", ")} FROM (${eventsHeld(at, goes)})`;
  return `${come} UNION ALL SELECT ${of(sql, "g", "date", "ev")}, TRUE AS ${isGoing} FROM (${gone}) g`;
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
    `${stagedOn(at)} FROM ` +
    `(SELECT DISTINCT ${touchedColumns.map(sql.name).join(", ")} FROM (${events})) t ` +
    `WHERE NOT ${isTold(at)}`
  );
}

/** The touched events that came or went, once all is as it will be. */
export function hasChanged(at: At): string {
  const { sql } = at;
  const [wasThere, isThere, id] = ["was_there", "is_there", "event_id"].map(sql.name);
  const now =
    `SELECT ${of(sql, "s", "date", "ev", "was_there")}, s.${id} IN (${currentIds(at)}) AS ${isThere} ` +
    `FROM ${staged(at, "touched")}`;
  return `SELECT ${of(sql, "t", "date", "ev", "was_there")} FROM (${now}) t WHERE t.${wasThere} <> t.${isThere}`;
}

/** Notes how many of these events come and how many go, by day and name. */
export function countChanges(at: At, events: string): string {
  const { sql, loading, tables } = at;
  const into = ["load_id", "file_id", "mark", "event_id", "row_no", "date", "ev", "was_there", "staged_on"];
  const by = of(sql, "c", "date", "ev", "was_there");
  return (
    `INSERT INTO ${tables.staged} (${into.map(sql.name).join(", ")}) ` +
    `SELECT ${sql.text(loading.load_id)}, ${sql.text(loading.file_id)}, 'changed', '', COUNT(*), ${by}, ${stagedOn(at)} ` +
    `FROM (${events}) c WHERE NOT ${isTold(at)} GROUP BY ${by}`
  );
}

const stagedOn = ({ sql, loading }: At) =>
  `CAST(${sql.text(new Date(loading.now).toISOString().slice(0, 10))} AS DATE)`;

/** How many of the noted events came, and how many went. */
const summed = (sql: Dialect, alias: string, hasGone: boolean) =>
  `COALESCE(SUM(CASE WHEN ${hasGone ? "" : "NOT "}${of(sql, alias, "was_there")} THEN ${of(sql, alias, "row_no")} END), 0)`;

export const noted = (at: At, hasGone: boolean) =>
  `(SELECT ${summed(at.sql, "s", hasGone)} FROM ${staged(at, "changed")})`;

/** Tells what the changed days were and are, by day and name. @param seen whether all is as it was, or as it
 *  will be */
export function changeDays(at: At, seen: "before" | "after"): string {
  const { sql, loading, tables } = at;
  const [date, ev, added, removed] = ["date", "ev", "added", "removed"].map(sql.name);
  const sums =
    `(SELECT ${of(sql, "s", "date", "ev")}, ${summed(sql, "s", false)} AS ${added}, ${summed(sql, "s", true)} AS ${removed} ` +
    `FROM ${staged(at, "changed")} GROUP BY ${of(sql, "s", "date")}, ${of(sql, "s", "ev")}) d`;
  const there =
    `(SELECT ${of(sql, "e", "date", "ev")}, COUNT(DISTINCT ${of(sql, "e", "event_id")}) AS ${sql.name("rows_there")} ` +
    `FROM ${tables.events} e WHERE ${of(sql, "e", "event_id")} IN (${currentIds(at)}) ` +
    `GROUP BY ${of(sql, "e", "date")}, ${of(sql, "e", "ev")}) n`;
  const rows = `COALESCE(${of(sql, "n", "rows_there")}, 0)`;
  const [before, after] =
    seen === "before"
      ? [rows, `${rows} + d.${added} - d.${removed}`]
      : [`${rows} - d.${added} + d.${removed}`, rows];
  const into = dayChanges.columns.map(({ name }) => sql.name(name)).join(", ");
  return (
    `INSERT INTO ${tables.changes} (${into}) SELECT ${sql.text(loading.import_id)}, ${of(sql, "d", "date", "ev")}, ` +
    `${before}, ${after}, d.${added}, d.${removed}, ${sql.text(loading.file_id)}, ${loading.now} ` +
    `FROM ${sums} LEFT JOIN ${there} ON n.${date} = d.${date} AND n.${ev} = d.${ev} WHERE NOT ${isTold(at)}`
  );
}

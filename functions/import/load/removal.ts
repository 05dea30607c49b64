import type { Dialect } from "../../dialect.ts";
import { type At, changeDays, eventsHeld, isTold, type Loading, of, tablesOf, touch } from "./statements.ts";

/** What takes the rows of a file away, and puts back what it took the place of, as statements of one text for
 *  both warehouses. They run together or not at all, and running them again changes nothing. */

export interface Removing {
  /** `attempt` is one more than that of the file's row, `load_id` of the removal. */
  readonly loading: Loading;
  /** The file that took the place of this one; undefined while it is the one that holds. */
  readonly supersededBy: string | undefined;
  /** Who asked for it. */
  readonly by: string;
}

export function removalStatements(sql: Dialect, removing: Removing): string[] {
  const { loading } = removing;
  const at: At = { sql, loading, tables: tablesOf(sql, loading.dataset) };
  const file = sql.text(loading.file_id);
  const itsOwn = `(${of(sql, "m", "file_id")} = ${file} AND ${of(sql, "m", "current")})`;
  const events = eventsHeld(at, `${itsOwn} OR ${of(sql, "m", "released_by")} = ${file}`);
  return [
    touch(at, events),
    handOver(at, removing),
    letGo(at),
    changeDays(at),
    ...restoreFiles(at, removing),
    tellRemoved(at, removing),
  ];
}

/** What the file took the place of is current again, but where another file has taken that of its own rows of
 *  the day, or of all of it, meanwhile: then it is that one which they wait for. */
function handOver({ sql, loading, tables }: At, { supersededBy }: Removing): string {
  const file = sql.text(loading.file_id);
  const [date, releasedBy, next] = ["date", "released_by", "next_file"].map(sql.name);
  const whole = supersededBy === undefined ? "CAST(NULL AS STRING)" : sql.text(supersededBy);
  const after =
    `(SELECT r.${date}, COALESCE(f.${next}, ${whole}) AS ${next} FROM ` +
    `(SELECT DISTINCT ${date} FROM ${tables.held} WHERE ${releasedBy} = ${file}) r LEFT JOIN ` +
    `(SELECT ${date}, MAX(${releasedBy}) AS ${next} FROM ${tables.held} WHERE ${sql.name("file_id")} = ${file} GROUP BY ${date}) f ` +
    `ON f.${date} = r.${date}) k`;
  return (
    `UPDATE ${tables.held} m SET ${sql.name("current")} = k.${next} IS NULL, ${releasedBy} = k.${next} ` +
    `FROM ${after} WHERE m.${releasedBy} = ${file} AND m.${date} = k.${date}`
  );
}

/** Its own rows hold nothing any more, and never come back. */
function letGo({ sql, loading, tables }: At): string {
  return (
    `UPDATE ${tables.held} SET ${sql.name("current")} = FALSE, ${sql.name("released_by")} = NULL ` +
    `WHERE ${sql.name("file_id")} = ${sql.text(loading.file_id)}`
  );
}

/** The files that it superseded are what they were before, or superseded by the file that came after it. */
function restoreFiles({ sql, loading, tables }: At, { supersededBy }: Removing): string[] {
  const file = sql.text(loading.file_id);
  const [id, state, rejected, by, current] = ["file_id", "state", "rejected", "superseded_by", "current"].map(
    sql.name,
  );
  const those = `${by} = ${file}`;
  if (supersededBy !== undefined)
    return [`UPDATE ${tables.files} SET ${by} = ${sql.text(supersededBy)} WHERE ${those}`];
  const held = (which: string) =>
    `SELECT ${id} FROM ${tables.held} WHERE ${sql.name("import_id")} = ${sql.text(loading.import_id)}${which}`;
  // Of a file without rows nothing can be held.
  const isBack = `(${id} IN (${held(` AND ${current}`)}) OR ${id} NOT IN (${held("")}))`;
  const releasedBy = sql.name("released_by");
  return [
    `UPDATE ${tables.files} SET ${state} = CASE WHEN ${rejected} > 0 THEN 'imported_with_rejects' ELSE 'imported' END, ` +
      `${by} = NULL WHERE ${those} AND ${isBack}`,
    `UPDATE ${tables.files} a SET ${by} = k.${releasedBy} FROM (SELECT ${id}, MAX(${releasedBy}) AS ${releasedBy} ` +
      `FROM ${tables.held} WHERE ${releasedBy} IS NOT NULL GROUP BY ${id}) k WHERE a.${those} AND a.${id} = k.${id}`,
  ];
}

function tellRemoved(at: At, { by }: Removing): string {
  const { sql, loading, tables } = at;
  const set = [
    `${sql.name("state")} = 'removed'`,
    `${sql.name("attempt")} = ${loading.attempt}`,
    `${sql.name("superseded_by")} = NULL`,
    `${sql.name("removed_by")} = ${sql.text(by)}`,
    `${sql.name("removed_at")} = ${loading.now}`,
  ];
  return (
    `UPDATE ${tables.files} SET ${set.join(", ")} ` +
    `WHERE ${sql.name("file_id")} = ${sql.text(loading.file_id)} AND NOT ${isTold(at)}`
  );
}

import type { Dialect } from "../../../dialect.ts";
import { changeDays, countChanges, eventsHeld, hasChanged, touch } from "./changes.ts";
import { type At, isTold, type Loading, of, tablesOf } from "./parts.ts";

/** What takes the rows of a file away, and puts back what it took the place of, as statements of one text for
 *  both warehouses. They run together or not at all, and running them again changes nothing. */

export interface Removing {
  /** `attempt` is one more than that of the file's row, `load_id` of the removal. */
  readonly loading: Loading;
  /** Of the file, in the order in which files came to count. */
  readonly place: number;
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
    countChanges(at, hasChanged(at)),
    changeDays(at, "after"),
    ...restoreFiles(at, removing),
    tellRemoved(at, removing),
  ];
}

/** Later files that count, as `g`, for each file `a`. */
function laterFiles({ sql, tables }: At, { place }: Removing): string {
  return (
    `LEFT JOIN ${tables.files} g ON ${of(sql, "g", "import_id")} = ${of(sql, "a", "import_id")} ` +
    `AND ${of(sql, "g", "place")} > ${place} ` +
    `AND ${of(sql, "g", "state")} IN ('imported', 'imported_with_rejects', 'superseded')`
  );
}

/** Whether `g` takes the place of all of `a`. */
const takesAll = (sql: Dialect) =>
  `${of(sql, "g", "mode")} = 'snapshot' OR ` +
  `(${of(sql, "g", "mode")} = 'correct' AND ${of(sql, "g", "name")} = ${of(sql, "a", "name")})`;

/** Which file has a place. Whoever updates by it groups: BigQuery takes one row for each that is updated. */
const atPlace = ({ sql, loading, tables }: At) =>
  `${tables.files} n ON ${of(sql, "n", "place")} = ${of(sql, "c", "next_place")} ` +
  `AND ${of(sql, "n", "import_id")} = ${sql.text(loading.import_id)}`;

/** What the file took the place of is current again, but where a later file would have done it as well: then
 *  it is that one which they wait for. So it is as if this one had never come. */
function handOver(at: At, removing: Removing): string {
  const { sql, loading, tables } = at;
  const file = sql.text(loading.file_id);
  const [id, date, releasedBy, next] = ["file_id", "date", "released_by", "next_file"].map(sql.name);
  const days = (where: string) => `(SELECT DISTINCT ${id}, ${date} FROM ${tables.held} WHERE ${where})`;
  const takesDay = `(${of(sql, "g", "mode")} = 'replace_dates' AND h.${id} IS NOT NULL)`;
  const places =
    `(SELECT r.${id}, r.${date}, MIN(CASE WHEN ${takesAll(sql)} OR ${takesDay} THEN ${of(sql, "g", "place")} END) ` +
    `AS ${sql.name("next_place")} FROM ${days(`${releasedBy} = ${file}`)} r ` +
    `JOIN ${tables.files} a ON a.${id} = r.${id} ${laterFiles(at, removing)} ` +
    `LEFT JOIN ${days(`${sql.name("import_id")} = ${sql.text(loading.import_id)}`)} h ` +
    `ON h.${id} = g.${id} AND h.${date} = r.${date} GROUP BY r.${id}, r.${date}) c`;
  const after =
    `(SELECT c.${id}, c.${date}, MIN(n.${id}) AS ${next} FROM ${places} LEFT JOIN ${atPlace(at)} ` +
    `GROUP BY c.${id}, c.${date}) k`;
  return (
    `UPDATE ${tables.held} m SET ${sql.name("current")} = k.${next} IS NULL, ${releasedBy} = k.${next} ` +
    `FROM ${after} WHERE m.${releasedBy} = ${file} AND m.${id} = k.${id} AND m.${date} = k.${date}`
  );
}

/** Its own rows hold nothing any more, and never come back. */
function letGo({ sql, loading, tables }: At): string {
  return (
    `UPDATE ${tables.held} SET ${sql.name("current")} = FALSE, ${sql.name("released_by")} = NULL ` +
    `WHERE ${sql.name("file_id")} = ${sql.text(loading.file_id)}`
  );
}

/** The files that it superseded are superseded by a later one, or what they were before. */
function restoreFiles(at: At, removing: Removing): string[] {
  const { sql, loading, tables } = at;
  const [id, state, rejected, by, current, importId, releasedBy, next] = [
    "file_id",
    "state",
    "rejected",
    "superseded_by",
    "current",
    "import_id",
    "released_by",
    "next_file",
  ].map(sql.name);
  const ofImport = `${importId} = ${sql.text(loading.import_id)}`;
  const its = `${by} = ${sql.text(loading.file_id)}`;
  const places =
    `(SELECT a.${id}, MIN(CASE WHEN ${takesAll(sql)} THEN ${of(sql, "g", "place")} END) AS ${sql.name("next_place")} ` +
    `FROM ${tables.files} a ${laterFiles(at, removing)} WHERE a.${its} GROUP BY a.${id}) c`;
  const held = (which: string) => `SELECT ${id} FROM ${tables.held} WHERE ${ofImport}${which}`;
  return [
    `UPDATE ${tables.files} f SET ${by} = k.${next} FROM ` +
      `(SELECT c.${id}, MIN(n.${id}) AS ${next} FROM ${places} JOIN ${atPlace(at)} GROUP BY c.${id}) k ` +
      `WHERE f.${its} AND f.${id} = k.${id}`,
    `UPDATE ${tables.files} SET ${state} = CASE WHEN ${rejected} > 0 THEN 'imported_with_rejects' ELSE 'imported' END, ` +
      `${by} = NULL WHERE ${ofImport} AND ${state} = 'superseded' AND (${id} IN (${held(` AND ${current}`)}) ` +
      // Of a file without rows nothing can be held.
      `OR (${its} AND ${id} NOT IN (${held("")})))`,
    `UPDATE ${tables.files} f SET ${by} = k.${next} FROM (SELECT ${id}, MAX(${releasedBy}) AS ${next} ` +
      `FROM ${tables.held} WHERE ${ofImport} AND ${releasedBy} IS NOT NULL GROUP BY ${id}) k ` +
      `WHERE f.${its} AND f.${id} = k.${id}`,
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

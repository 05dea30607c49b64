import { oldIdColumn, streamRefLength } from "../../functions/stream-ref.ts";
import type { Dialect } from "../../functions/dialect.ts";

/** The tables of dead letters in SQL, and the columns that the letters have. */
export interface ShownLetters {
  readonly letters: string;
  readonly events: string;
  readonly columns: readonly string[];
}

/** The view of dead letters: each with its latest attempt, the state that follows from its events, and the
 *  job that replayed it last, where it was one.
 *  The body of a letter is the operator's to look at; the key to write to its stream is not, so its
 *  reference stands in its place. */
export function letterStatesSql(sql: Dialect, { letters, events, columns }: ShownLetters): string {
  const { name } = sql;
  // What is sealed is of no use to people.
  const others = columns.filter((column) => column !== "kept_apart" && column !== "proof");
  const shown = others.map((column) =>
    column === oldIdColumn ? `${refOf(sql, name(column))} AS ${name("stream_ref")}` : name(column),
  );
  const keptApart = columns.includes("kept_apart") ? `COALESCE(${name("kept_apart")}, FALSE)` : "FALSE";
  const latest = [...others.map((column) => (column === oldIdColumn ? "stream_ref" : column)), "kept_apart"];
  /** A value of the letter's events of one kind; NULL where it has none. */
  const last = (event: string, value: string) =>
    `MAX(CASE WHEN ${name("event")} = ${sql.text(event)} THEN ${value} END)`;
  const of = (table: string, column: string) => `${name(table)}.${name(column)}`;
  return (
    `WITH ${name("latest")} AS (` +
    `SELECT ${shown.join(", ")}, ${keptApart} AS ${name("kept_apart")} FROM ${letters} WHERE TRUE ` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${name("hit_id")} ORDER BY ${name("attempt")} DESC, ${name("at")} DESC) = 1` +
    `), ${name("happened")} AS (` +
    `SELECT ${name("hit_id")}, ${last("discarded", "1")} AS ${name("discarded")}, ` +
    `${last("delivered", "1")} AS ${name("delivered")}, ${last("replayed", name("attempt"))} AS ${name("replayed")}, ` +
    // A later replay of this very hit is of no job: where NULLs are left out, the one before would stand
    // there.
    `NULLIF(MAX_BY(COALESCE(${name("job")}, ''), CASE WHEN ${name("event")} = ${sql.text("replayed")} THEN ${name("attempt")} END), '') AS ${name("job")} ` +
    `FROM ${events} GROUP BY ${name("hit_id")}) ` +
    `SELECT ${latest.map((column) => of("latest", column)).join(", ")}, ` +
    `CASE WHEN ${of("happened", "discarded")} = 1 THEN 'discarded' ` +
    `WHEN ${of("happened", "delivered")} = 1 THEN 'delivered' ` +
    `WHEN ${of("happened", "replayed")} > ${of("latest", "attempt")} THEN 'replaying' ` +
    `ELSE 'waiting' END AS ${name("state")}, ${of("happened", "job")} AS ${name("job")} ` +
    `FROM ${name("latest")} LEFT JOIN ${name("happened")} ON ${of("happened", "hit_id")} = ${of("latest", "hit_id")}`
  );
}

/** What `streamRef` makes of an id. */
function refOf(sql: Dialect, id: string): string {
  return `SUBSTR(${sql.sha256(`LOWER(${id})`)}, 1, ${streamRefLength})`;
}

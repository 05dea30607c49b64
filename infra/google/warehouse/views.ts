import { oldIdColumn, streamRefLength } from "../../../functions/stream-ref.ts";
import { tableName, type TableRef } from "../../../functions/table.ts";
import type { View } from "../../../functions/warehouse.ts";

/** What a view shows, in GoogleSQL. All names are quoted: `at`, `by`, `hash` and `rows` are reserved words there.
 *  @param columns of the table that is shown, or of the dead letters
 *  @param project of tables that name none */
export function viewSql(view: View, columns: readonly string[], project: string): string {
  if (view.kind === "unique") return uniqueSql(quotedTable(view.of, project), columns);
  if (view.kind === "current")
    return currentSql(quotedTable(view.of, project), columns, view.key, view.updated);
  return deadLetterStatesSql(quotedTable(view.letters, project), quotedTable(view.events, project), columns);
}

/** A table in SQL, always with its project: a view is read from other projects as well. */
export function quotedTable(ref: TableRef, project: string): string {
  return `\`${tableName({ project, ...ref })}\``;
}

export function quoted(name: string): string {
  return `\`${name}\``;
}

function uniqueSql(of: string, columns: readonly string[]): string {
  return (
    `SELECT ${list(columns)} FROM ${of} WHERE ${withoutTests(columns)} ` +
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY `date`, `hit_id` ORDER BY `received_at`, `payload`) = 1"
  );
}

function currentSql(
  of: string,
  columns: readonly string[],
  key: string,
  updated: string | undefined,
): string {
  // In microseconds: received_at may be past what a TIMESTAMP can hold, and one such row must not fail the view.
  const received = "`received_at` * 1000";
  const latest =
    updated === undefined
      ? received
      : `COALESCE(UNIX_MICROS(SAFE_CAST(${scalar(updated)} AS TIMESTAMP)), ${received})`;
  return (
    `SELECT ${list(columns)} FROM ${of} WHERE ${withoutTests(columns)} ` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY COALESCE(NULLIF(${scalar(key)}, ''), \`hit_id\`) ` +
    `ORDER BY ${latest} DESC, \`received_at\` DESC, \`hit_id\` DESC) = 1`
  );
}

// Columns are spelled out: those that a table gets later do not join a view over `*` until the view is written again, and
// nothing would show that it should be. The key to write that tables of an earlier version hold is nobody's to read.
function list(columns: readonly string[]): string {
  return columns
    .filter((name) => name !== oldIdColumn)
    .map(quoted)
    .join(", ");
}

function withoutTests(columns: readonly string[]): string {
  // QUALIFY wants a WHERE beside it in every version.
  return columns.some((name) => name.toLowerCase() === "is_test") ? "`is_test` IS NOT TRUE" : "TRUE";
}

/** NULL for objects, arrays and what is missing. The names hold letters, digits, _ and - alone: streamSchema sees to it. */
function scalar(dotted: string): string {
  const path = dotted
    .split(".")
    .map((name) => `."${name}"`)
    .join("");
  return `JSON_VALUE(\`fields\`, '$${path}')`;
}

/** What `streamRef` makes of an id. */
function refOf(id: string): string {
  return `SUBSTR(TO_HEX(SHA256(LOWER(${id}))), 1, ${streamRefLength})`;
}

function deadLetterStatesSql(letters: string, events: string, columns: readonly string[]): string {
  // The body of a dead letter is the operator's to look at; the key to write to its stream is not.
  const shown = columns.filter((name) => name !== oldIdColumn && name !== "kept_apart");
  const keptApart = columns.includes("kept_apart") ? "COALESCE(`kept_apart`, FALSE)" : "FALSE";
  const latest = [...shown, "stream_ref", "kept_apart"];
  return (
    "WITH `latest` AS (" +
    `SELECT ${list(shown)}, ${refOf(quoted(oldIdColumn))} AS \`stream_ref\`, ${keptApart} AS \`kept_apart\` ` +
    `FROM ${letters} WHERE TRUE ` +
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY `hit_id` ORDER BY `attempt` DESC, `at` DESC) = 1" +
    "), `happened` AS (" +
    "SELECT `hit_id`, LOGICAL_OR(`event` = 'discarded') AS `discarded`, LOGICAL_OR(`event` = 'delivered') AS `delivered`, " +
    `MAX(IF(\`event\` = 'replayed', \`attempt\`, NULL)) AS \`replayed\` FROM ${events} GROUP BY \`hit_id\`) ` +
    `SELECT ${latest.map((name) => `\`latest\`.${quoted(name)}`).join(", ")}, ` +
    "CASE WHEN `happened`.`discarded` THEN 'discarded' WHEN `happened`.`delivered` THEN 'delivered' " +
    "WHEN `happened`.`replayed` > `latest`.`attempt` THEN 'replaying' ELSE 'waiting' END AS `state` " +
    "FROM `latest` LEFT JOIN `happened` ON `happened`.`hit_id` = `latest`.`hit_id`"
  );
}

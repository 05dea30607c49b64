import { oldIdColumn, streamRefLength } from "../../../functions/stream-ref.ts";
import { recordsSql } from "../../sql/records.ts";
import { googleSql, quoted } from "./dialect.ts";
import { tableName, type TableRef } from "../../../functions/table.ts";
import type { View } from "../../../functions/warehouse.ts";

/** What a view shows, in GoogleSQL. All names are quoted: `at`, `by`, `hash` and `rows` are reserved words there.
 *  @param columns of the table that is shown, or of the dead letters
 *  @param project of tables that name none */
export function viewSql(view: View, columns: readonly string[], project: string): string {
  if (view.kind !== "dead_letter_states")
    return recordsSql(googleSql, view, { from: quotedTable(view.of, project), columns });
  return deadLetterStatesSql(quotedTable(view.letters, project), quotedTable(view.events, project), columns);
}

/** A table in SQL, always with its project: a view is read from other projects as well. */
export function quotedTable(ref: TableRef, project: string): string {
  return `\`${tableName({ project, ...ref })}\``;
}

function list(columns: readonly string[]): string {
  return columns.map(quoted).join(", ");
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

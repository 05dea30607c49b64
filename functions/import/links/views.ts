import type { Dialect } from "../../dialect.ts";
import { backendEvents } from "../tables.ts";
import { linkReasons } from "./settings.ts";
import { tableSql, withSql } from "./sql.ts";

const linkColumns = [
  "reason",
  "web_event_id",
  "web_event_time",
  "candidate_count",
  "rule",
  "days_between",
  "linked_at",
  "version",
  "also",
  "suggestion",
];

/** Each current event with what was decided last; one that was not looked at yet waits. */
export function linkedSql(sql: Dialect, dataset: string): string {
  const links = tableSql(sql, dataset, "backend_event_links");
  const events = backendEvents.columns.map(({ name }) => `ac_event.${sql.name(name)} AS ${sql.name(name)}`);
  const window = "OVER (PARTITION BY event_id ORDER BY version DESC, linked_at DESC)";
  return (
    withSql({
      ac_link: `SELECT *, LEAD(state) ${window} AS ac_state_before, LEAD(web_event_id) ${window} AS ac_web_before FROM ${links} WHERE TRUE QUALIFY ROW_NUMBER() ${window} = 1`,
    }) +
    `SELECT ${events.join(", ")}, ARRAY_TO_STRING(ac_event.reference_ev, ',') AS reference_evs, ` +
    "COALESCE(ac_link.state, 'waiting') AS state, ac_link.reference_ev AS matched_ev, " +
    "CASE WHEN ac_link.state = 'linked' AND COALESCE(ac_link.ac_state_before, '') <> 'linked' THEN 'linked' " +
    "WHEN ac_link.state = 'linked' AND ac_link.ac_web_before <> ac_link.web_event_id THEN 'moved' END AS last_change, " +
    `${linkColumns.map((name) => `ac_link.${sql.name(name)} AS ${sql.name(name)}`).join(", ")} ` +
    `FROM ${tableSql(sql, dataset, "backend_events_current")} AS ac_event LEFT JOIN ac_link ON ac_link.event_id = ac_event.event_id`
  );
}

/** Day by event by web events. */
export function reportSql(sql: Dialect, dataset: string): string {
  const where = (condition: string) => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
  const reasons = linkReasons.map((reason) => `${where(`reason = '${reason}'`)} AS ${sql.name(reason)}`);
  return (
    `SELECT import_id, date, ev, reference_evs AS reference_ev, COUNT(*) AS events, ` +
    `${where("state = 'linked'")} AS linked, ${where("state = 'waiting'")} AS waiting, ${where("state = 'unlinked'")} AS unlinked, ` +
    `${where("candidate_count > 1")} AS several, ${reasons.join(", ")}, ` +
    `SUM(${sql.name("value")}) AS ${sql.name("value")}, SUM(CASE WHEN state = 'linked' THEN ${sql.name("value")} END) AS linked_value ` +
    `FROM ${tableSql(sql, dataset, "backend_events_linked")} GROUP BY import_id, date, ev, reference_evs`
  );
}

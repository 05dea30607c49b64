/** The links of an import's events, decided in one statement: those that differ from what was decided before
 *  are added as the next version, and all others stay as they are. So it may run as often as one likes. */
import type { Dialect } from "../../dialect.ts";
import { dayNumberOf, latestLinksSql, localDay, nearSql, tableSql, withSql } from "./sql.ts";
import { backendEventLinks } from "./tables.ts";
import { type LinkReason, type LinkSettings } from "./settings.ts";

export interface LinkRun {
  /** The product's own. */
  readonly dataset: string;
  readonly importId: string;
  /** Of the web events. */
  readonly source: string;
  readonly settings: LinkSettings;
  /** YYYY-MM-DD in the import's zone. */
  readonly today: string;
  /** Events before this date are left alone, but for those that were never looked at; undefined: none. */
  readonly since: string | undefined;
  /** Unix ms. */
  readonly linkedAt: number;
}

export function linkSql(sql: Dialect, run: LinkRun): string {
  const columns = backendEventLinks.columns.map(({ name }) => sql.name(name)).join(", ");
  return `INSERT INTO ${tableSql(sql, run.dataset, "backend_event_links")} (${columns}) ${withSql({
    ...eventParts(sql, run),
    ...candidateParts(run.settings),
    ...nearbyParts(sql, run),
    ...decisionParts(run),
  })} SELECT event_id, ${decided(sql, run)} FROM ac_decided WHERE ${isNews}`;
}

/** The events with their names, and the web events with the same id and one of these names. */
function eventParts(sql: Dialect, run: LinkRun): Record<string, string> {
  const { dataset, settings, since } = run;
  const ofImport = `import_id = ${sql.text(run.importId)}`;
  const due =
    since === undefined ? "TRUE" : `(ac_current.date >= DATE ${sql.text(since)} OR ac_old.event_id IS NULL)`;
  const place = settings.order === "any" ? "0" : "ac_nth";
  return {
    ac_old: latestLinksSql(sql, dataset, ofImport),
    ac_current: `SELECT event_id, date, reference_id, reference_ev FROM ${tableSql(sql, dataset, "backend_events_current")} WHERE ${ofImport}`,
    ac_event:
      `SELECT ac_current.event_id, ac_current.date AS ac_date, ${sql.dayNumber("ac_current.date")} AS ac_day, ` +
      `ac_current.reference_id AS ac_id, ac_current.reference_ev AS ac_names, ${nearSql(sql, "ac_current.reference_id")} AS ac_near ` +
      `FROM ac_current LEFT JOIN ac_old ON ac_old.event_id = ac_current.event_id WHERE ${due}`,
    ac_each: `SELECT event_id, ac_day, ac_id, ac_near, ac_name, ac_offset AS ac_nth FROM ac_event ${sql.joinEach("ac_names", "ac_name", "ac_offset")}`,
    ac_named: `SELECT event_id, ac_day, ac_id, ac_near, ac_name, MIN(${place}) AS ac_place FROM ac_each GROUP BY event_id, ac_day, ac_id, ac_near, ac_name`,
    ac_key: `SELECT * FROM ${tableSql(sql, dataset, "web_event_keys")} WHERE source = ${sql.text(run.source)}`,
    ac_same:
      "SELECT ac_named.event_id, ac_named.ac_day, ac_named.ac_name, ac_named.ac_place, ac_key.event_time, " +
      `ac_key.web_event_id, ${localDay(sql, "ac_key.event_time", settings.zone)} AS ac_web_day ` +
      "FROM ac_named INNER JOIN ac_key ON ac_key.id = ac_named.ac_id AND ac_key.ev = ac_named.ac_name",
  };
}

const isCandidate = "ac_when IN ('before', 'after')";

/** Which of them may be the one, how many, and which is. */
function candidateParts({ look_back_days, after_days, choice }: LinkSettings): Record<string, string> {
  const soonest = choice === "latest" ? "-event_time" : "event_time";
  return {
    ac_exact:
      `SELECT *, CASE WHEN ac_web_day < ac_day - ${look_back_days} THEN 'too_old' WHEN ac_web_day <= ac_day THEN 'before' ` +
      (after_days === 0
        ? "ELSE 'after_event_only' END AS ac_when FROM ac_same"
        : `WHEN ac_web_day <= ac_day + ${after_days} THEN 'after' ELSE 'too_late' END AS ac_when FROM ac_same`),
    ac_ranked: `SELECT *, CASE WHEN ac_when = 'before' THEN 0 ELSE 1 END AS ac_phase, CASE WHEN ac_when = 'before' THEN ${soonest} ELSE event_time END AS ac_rank FROM ac_exact WHERE ${isCandidate}`,
    ac_best:
      "SELECT * FROM ac_ranked WHERE TRUE QUALIFY ROW_NUMBER() OVER " +
      "(PARTITION BY event_id ORDER BY ac_phase, ac_place, ac_rank, web_event_id) = 1",
    ac_count:
      "SELECT event_id, ac_place, COUNT(*) AS ac_candidates FROM ac_ranked GROUP BY event_id, ac_place",
    ac_still: "SELECT event_id, web_event_id FROM ac_ranked GROUP BY event_id, web_event_id",
    ac_outside:
      "SELECT event_id, MAX(CASE WHEN ac_when = 'too_old' THEN ac_web_day END) AS ac_too_old, " +
      "MIN(CASE WHEN ac_when = 'after_event_only' THEN ac_web_day END) AS ac_after_only, " +
      "MIN(CASE WHEN ac_when = 'too_late' THEN ac_web_day END) AS ac_too_late FROM ac_exact GROUP BY event_id",
  };
}

/** What explains an event that has no candidate. */
function nearbyParts(sql: Dialect, { dataset, source }: LinkRun): Record<string, string> {
  const days = `${tableSql(sql, dataset, "web_event_days")} WHERE source = ${sql.text(source)}`;
  return {
    ac_id_of: "SELECT DISTINCT ev, id, near FROM ac_key",
    ac_other:
      "SELECT ac_event.event_id, MIN(ac_id_of.ev) AS ac_other_ev FROM ac_event INNER JOIN ac_id_of ON ac_id_of.id = ac_event.ac_id " +
      "LEFT JOIN ac_named ON ac_named.event_id = ac_event.event_id AND ac_named.ac_name = ac_id_of.ev " +
      "WHERE ac_named.event_id IS NULL GROUP BY ac_event.event_id",
    ac_nearby:
      "SELECT ac_named.event_id, MIN(ac_id_of.id) AS ac_near_id FROM ac_named INNER JOIN ac_id_of " +
      "ON ac_id_of.near = ac_named.ac_near AND ac_id_of.ev = ac_named.ac_name " +
      "WHERE ac_id_of.id <> ac_named.ac_id GROUP BY ac_named.event_id",
    ac_known:
      `SELECT ac_named.event_id FROM ac_named INNER JOIN (SELECT DISTINCT ev FROM ${days}) AS ac_seen ` +
      "ON ac_seen.ev = ac_named.ac_name GROUP BY ac_named.event_id",
    ac_loaded: `SELECT MAX(${sql.dayNumber("day")}) AS ac_last_day FROM ${days}`,
  };
}

/** When each reason holds; the last one where none of these does. */
const holds: Readonly<Record<Exclude<LinkReason, "id_unknown">, string>> = {
  web_data_pending: "ac_event.ac_day > COALESCE(ac_loaded.ac_last_day, -1)",
  event_name_unknown: "ac_known.event_id IS NULL",
  too_old: "ac_outside.ac_too_old IS NOT NULL",
  after_event_only: "ac_outside.ac_after_only IS NOT NULL",
  too_late: "ac_outside.ac_too_late IS NOT NULL",
  id_other_event: "ac_other.ac_other_ev IS NOT NULL",
  id_near: "ac_nearby.ac_near_id IS NOT NULL",
};

function decisionParts({ settings, today }: LinkRun): Record<string, string> {
  const reasons = Object.entries(holds).map(
    ([reason, condition]) => `CASE WHEN ${condition} THEN ',${reason}' ELSE '' END`,
  );
  const oldRank =
    settings.choice === "latest"
      ? "CASE WHEN ac_old.rule = 'after_event' THEN ac_old.web_event_time ELSE -ac_old.web_event_time END"
      : "ac_old.web_event_time";
  const joins = ["ac_best", "ac_outside", "ac_other", "ac_nearby", "ac_known", "ac_old"];
  return {
    ac_joined:
      "SELECT ac_event.event_id, ac_event.ac_date, ac_event.ac_day, ac_best.ac_name, ac_best.ac_place, ac_best.ac_phase, " +
      "ac_best.ac_rank, ac_best.web_event_id, ac_best.event_time, ac_best.ac_web_day, ac_count.ac_candidates, " +
      "COALESCE(ac_outside.ac_too_old, ac_outside.ac_after_only, ac_outside.ac_too_late) AS ac_outside_day, " +
      `ac_other.ac_other_ev, ac_nearby.ac_near_id, CONCAT(${reasons.join(", ")}) AS ac_reasons, ` +
      "ac_old.version AS ac_version, ac_old.state AS ac_old_state, ac_old.reason AS ac_old_reason, ac_old.also AS ac_old_also, " +
      "ac_old.web_event_id AS ac_old_web, ac_old.web_event_time AS ac_old_time, ac_old.rule AS ac_old_rule, " +
      "ac_old.reference_ev AS ac_old_name, ac_old.candidate_count AS ac_old_count, ac_old.suggestion AS ac_old_suggestion, " +
      `CASE WHEN ac_old.rule = 'after_event' THEN 1 ELSE 0 END AS ac_old_phase, ${oldRank} AS ac_old_rank, ` +
      "COALESCE(ac_was.ac_place, 0) AS ac_old_place, ac_still.event_id IS NOT NULL AS ac_is_there " +
      `FROM ac_event CROSS JOIN ac_loaded ${joins.map((part) => `LEFT JOIN ${part} ON ${part}.event_id = ac_event.event_id`).join(" ")} ` +
      "LEFT JOIN ac_count ON ac_count.event_id = ac_best.event_id AND ac_count.ac_place = ac_best.ac_place " +
      "LEFT JOIN ac_still ON ac_still.event_id = ac_old.event_id AND ac_still.web_event_id = ac_old.web_event_id " +
      "LEFT JOIN ac_named AS ac_was ON ac_was.event_id = ac_old.event_id AND ac_was.ac_name = ac_old.reference_ev",
    ac_explained:
      "SELECT *, CASE WHEN web_event_id IS NOT NULL THEN 'linked' " +
      `WHEN ${dayNumberOf(today)} - ac_day <= ${settings.window_days} THEN 'waiting' ELSE 'unlinked' END AS ac_state, ` +
      `CASE WHEN web_event_id IS NOT NULL THEN NULL ${Object.keys(holds)
        .map((reason) => `WHEN STARTS_WITH(ac_reasons, ',${reason}') THEN '${reason}'`)
        .join(" ")} ELSE 'id_unknown' END AS ac_reason, ` +
      `CASE WHEN ac_phase = 1 THEN 'after_event' WHEN ac_phase = 0 THEN '${settings.choice}' END AS ac_rule FROM ac_joined`,
    ac_decided:
      "SELECT *, CASE WHEN web_event_id IS NULL THEN NULLIF(SUBSTR(ac_reasons, LENGTH(ac_reason) + 3), '') END AS ac_also, " +
      "CASE ac_reason WHEN 'id_near' THEN ac_near_id WHEN 'id_other_event' THEN ac_other_ev END AS ac_suggestion, " +
      "CASE WHEN web_event_id IS NOT NULL THEN ac_day - ac_web_day WHEN ac_reason IN ('too_old', 'after_event_only', 'too_late') " +
      "THEN ac_day - ac_outside_day END AS ac_days_between, COALESCE(ac_candidates, 0) AS ac_count FROM ac_explained",
  };
}

/** A link stays where its web event has gone from the web data, until there is a better one. */
const isBetter =
  "(ac_phase < ac_old_phase OR (ac_phase = ac_old_phase AND (ac_place < ac_old_place OR (ac_place = ac_old_place AND " +
  "(ac_rank < ac_old_rank OR (ac_rank = ac_old_rank AND web_event_id < ac_old_web))))))";
const isKept = `COALESCE(ac_old_state, '') = 'linked' AND NOT ac_is_there AND NOT COALESCE(${isBetter}, FALSE)`;
const compared = [
  ["ac_state", "ac_old_state"],
  ["ac_reason", "ac_old_reason"],
  ["ac_also", "ac_old_also"],
  ["ac_name", "ac_old_name"],
  ["web_event_id", "ac_old_web"],
  ["event_time", "ac_old_time"],
  ["ac_count", "ac_old_count"],
  ["ac_rule", "ac_old_rule"],
  ["ac_suggestion", "ac_old_suggestion"],
];
const isNews =
  `(ac_version IS NULL OR ${compared.map(([now, before]) => `${now} IS DISTINCT FROM ${before}`).join(" OR ")}) ` +
  `AND NOT (${isKept})`;

/** The columns of a link behind its event, in the order of the table. */
function decided(sql: Dialect, { importId, linkedAt }: LinkRun): string {
  return (
    "COALESCE(ac_version, 0) + 1, ac_state, ac_reason, ac_name, web_event_id, event_time, ac_count, ac_rule, " +
    `ac_days_between, ${linkedAt}, ac_also, ac_suggestion, ${sql.text(importId)}, ac_date`
  );
}

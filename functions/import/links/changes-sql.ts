import type { Dialect } from "../../dialect.ts";
import { latestLinksSql, tableSql, withSql } from "./sql.ts";

/** Adds a row for each day and name of an import whose events, or what they are linked to, are others than
 *  when it was last looked. */
export function dayChangesSql(
  sql: Dialect,
  { dataset, importId, changedAt }: { dataset: string; importId: string; changedAt: number },
): string {
  const ofImport = `import_id = ${sql.text(importId)}`;
  const changes = tableSql(sql, dataset, "link_day_changes");
  // Eight digits: as many sums of them as there are events fit into an INT64.
  const piece = `CAST('0x' || SUBSTR(${sql.sha256("ac_event.event_id || '/' || COALESCE(ac_link.web_event_id, '')")}, 1, 8) AS INT64)`;
  const number = (part: string, column: string) => `COALESCE(${part}.${column}, 0)`;
  return `INSERT INTO ${changes} (import_id, date, ev, rows_before, rows_after, linked_before, linked_after, fingerprint, changed_at) ${withSql(
    {
      ac_link: latestLinksSql(sql, dataset, ofImport),
      ac_event: `SELECT event_id, date, ev FROM ${tableSql(sql, dataset, "backend_events_current")} WHERE ${ofImport}`,
      ac_now:
        "SELECT ac_event.date AS ac_date, ac_event.ev AS ac_ev, COUNT(*) AS ac_count, " +
        `COUNT(ac_link.web_event_id) AS ac_linked, CAST(SUM(${piece}) AS STRING) AS ac_print ` +
        "FROM ac_event LEFT JOIN ac_link ON ac_link.event_id = ac_event.event_id GROUP BY ac_event.date, ac_event.ev",
      ac_was:
        `SELECT * FROM ${changes} WHERE ${ofImport} ` +
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY date, ev ORDER BY changed_at DESC) = 1",
    },
  )} SELECT ${sql.text(importId)}, COALESCE(ac_now.ac_date, ac_was.date), COALESCE(ac_now.ac_ev, ac_was.ev), ${[
    number("ac_was", "rows_after"),
    number("ac_now", "ac_count"),
    number("ac_was", "linked_after"),
    number("ac_now", "ac_linked"),
    "COALESCE(ac_now.ac_print, '')",
    String(changedAt),
  ].join(
    ", ",
  )} FROM ac_now FULL JOIN ac_was ON ac_was.date = ac_now.ac_date AND ac_was.ev = ac_now.ac_ev WHERE ${"COALESCE(ac_was.fingerprint, '') <> COALESCE(ac_now.ac_print, '')"}`;
}

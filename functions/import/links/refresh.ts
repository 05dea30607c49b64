import { calendarOf } from "../../streams/calendar.ts";
import type { Warehouse } from "../../warehouse.ts";
import { daysBefore } from "../fields/date.ts";
import { importTable } from "../tables.ts";
import { localDay, nearSql, tableSql, trimmed } from "./sql.ts";
import { type WebEvents, webEventsSql } from "./web-events.ts";

export interface LinkPorts {
  readonly warehouse: Warehouse;
  /** The product's own. */
  readonly dataset: string;
  /** Unix ms. */
  readonly now: () => number;
}

/** Google Analytics takes events 72 hours late, and exports come late: days are read again for so long. */
const againDays = 4;
/** A first time: what the look-back and the window of an import reach, at their usual lengths. */
const firstDays = 436;
/** Of tables that are one a day, so many are read in one statement. */
const tablesMax = 31;
export const writeDeadlineMs = 600_000;

/** Reads the web events of some days anew: what they were before is replaced, all of it or nothing. Linking
 *  looks at no other copy of them.
 *  @param days those that are new and the few before them, where left out
 *  @returns the first day and the last one
 *  @throws warehouse_down, also where the mapping does not fit the table: the sentence is the warehouse's */
export async function readWebEvents(
  ports: LinkPorts,
  web: WebEvents,
  days: { readonly first?: string; readonly last?: string } = {},
): Promise<{ first: string; last: string }> {
  const today = calendarOf(web.zone ?? "UTC")!(ports.now());
  const last = days.last ?? today;
  const first = days.first ?? (await firstDay(ports, web, today));
  const whole = { first, last };
  if (web.tables !== "daily") {
    await replaceDays(ports, web, whole, [fromSql(ports.warehouse, web.table)]);
    return whole;
  }
  for (let from = first; from <= last; from = daysBefore(from, -tablesMax)) {
    const until = daysBefore(from, 1 - tablesMax);
    const part = { first: from, last: until < last ? until : last };
    const tables = await tablesOf(ports, web, part);
    if (tables.length > 0) await replaceDays(ports, web, part, tables);
  }
  return whole;
}

async function firstDay(
  { warehouse, dataset }: LinkPorts,
  { source }: WebEvents,
  today: string,
): Promise<string> {
  const [known] = await warehouse.select({
    from: importTable(dataset, "web_event_days"),
    measures: { last: { is: "max", column: "day" } },
    where: [{ column: "source", is: "=", value: source }],
    limit: 1,
  });
  const newest = known?.["last"];
  return typeof newest === "string" ? daysBefore(newest, againDays - 1) : daysBefore(today, firstDays);
}

/** Those of the days that are there. */
async function tablesOf(
  { warehouse }: LinkPorts,
  { table }: WebEvents,
  { first, last }: { first: string; last: string },
): Promise<string[]> {
  const found: string[] = [];
  if ("files" in table) return found;
  for (let day = first; day <= last; day = daysBefore(day, -1)) {
    const daily = { ...table, table: table.table + day.replaceAll("-", "") };
    if ((await warehouse.describe(daily)) !== undefined) found.push(warehouse.sql.table(daily));
  }
  return found;
}

function fromSql({ sql, files }: Warehouse, table: WebEvents["table"]): string {
  if (!("files" in table)) return sql.table(table);
  if (files === undefined) throw new Error("There is no folder of files: that is looked at before.");
  return files.sql(table.files);
}

async function replaceDays(
  { warehouse, dataset }: LinkPorts,
  web: WebEvents,
  days: { first: string; last: string },
  tables: readonly string[],
): Promise<void> {
  const { sql } = warehouse;
  const [keys, counts] = [tableSql(sql, dataset, "web_event_keys"), tableSql(sql, dataset, "web_event_days")];
  const source = sql.text(web.source);
  const between = `BETWEEN DATE ${sql.text(days.first)} AND DATE ${sql.text(days.last)}`;
  const raw = tables.map((table) => webEventsSql(sql, web, table, days)).join(" UNION ALL ");
  const dated =
    `SELECT ac_ev, ${trimmed(sql, "COALESCE(ac_id, '')")} AS ac_id, ac_time, ac_web_event_id, ` +
    `${sql.dayOf(localDay(sql, "ac_time", web.zone ?? "UTC"))} AS ac_day FROM (${raw}) AS ac_raw ` +
    "WHERE ac_ev IS NOT NULL AND ac_time IS NOT NULL";
  // The same row twice is one web event.
  const rows = `SELECT DISTINCT ac_ev, ac_id, ac_time, ac_web_event_id, ac_day FROM (${dated}) AS ac_dated WHERE ac_day ${between}`;
  await warehouse.write(
    [
      `DELETE FROM ${keys} WHERE source = ${source} AND day ${between}`,
      `DELETE FROM ${counts} WHERE source = ${source} AND day ${between}`,
      `INSERT INTO ${keys} (source, day, ev, id, near, event_time, web_event_id) ` +
        `SELECT ${source}, ac_day, ac_ev, ac_id, ${nearSql(sql, "ac_id")}, ac_time, ac_web_event_id FROM (${rows}) AS ac_rows ` +
        "WHERE ac_id <> '' AND ac_web_event_id IS NOT NULL",
      `INSERT INTO ${counts} (source, day, ev, events, without_id) ` +
        `SELECT ${source}, ac_day, ac_ev, COUNT(*), SUM(CASE WHEN ac_id = '' THEN 1 ELSE 0 END) FROM (${rows}) AS ac_rows ` +
        "GROUP BY ac_day, ac_ev",
    ],
    { deadlineMs: writeDeadlineMs },
  );
}

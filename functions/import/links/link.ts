import { makeOwnTable } from "../../own-table.ts";
import { calendarOf } from "../../streams/calendar.ts";
import { daysBefore } from "../fields/date.ts";
import { importTable } from "../tables.ts";
import { makeImportTables } from "../views.ts";
import { dayChangesSql } from "./changes-sql.ts";
import { linkSql } from "./link-sql.ts";
import { type LinkPorts, writeDeadlineMs } from "./refresh.ts";
import type { LinkSettings } from "./settings.ts";
import { backendEventLinks, linkDayChanges, webEventDays, webEventKeys } from "./tables.ts";
import { linkedSql, reportSql } from "./views.ts";

export interface Linking {
  readonly importId: string;
  /** Which web events; see WebEvents. */
  readonly source: string;
  readonly settings: LinkSettings;
  /** `due`: events that were never looked at, wait, or are younger than the window; `all`: also those that
   *  are final. */
  readonly which: "due" | "all";
}

export interface Linked {
  /** Events whose link or reason is another one now; 0 where nothing had changed. */
  readonly changed: number;
  /** Of them those that are linked now and were not before. */
  readonly linked: number;
  /** Of them those that were linked to another web event before. */
  readonly moved: number;
}

/** With the web events that were read for it. */
export interface LinkedAnswer extends Linked {
  readonly source: string;
  /** Of the web events that were read. */
  readonly first: string;
  readonly last: string;
}

/** The tables and views of links, and of the events that they are of. */
export async function makeLinkTables({ warehouse, dataset }: LinkPorts): Promise<void> {
  await makeImportTables(warehouse, dataset);
  const specs = {
    web_event_keys: webEventKeys,
    web_event_days: webEventDays,
    backend_event_links: backendEventLinks,
    link_day_changes: linkDayChanges,
  };
  for (const [table, spec] of Object.entries(specs))
    await makeOwnTable(warehouse, importTable(dataset, table), spec);
  await warehouse.putView(importTable(dataset, "backend_events_linked"), {
    kind: "written",
    sql: linkedSql(warehouse.sql, dataset),
    about: "Each current backend event with what it is linked to, or why it is not",
  });
  await warehouse.putView(importTable(dataset, "link_report"), {
    kind: "written",
    sql: reportSql(warehouse.sql, dataset),
    about: "How many backend events are linked, by day, event and web events, and why the others are not",
  });
}

/** Links the events of an import to the web events that were read. What was decided before stays, but where a
 *  better web event has come; each change is the next version. It may run at any time, twice too.
 *  @throws warehouse_down */
export async function linkEvents(ports: LinkPorts, linking: Linking): Promise<Linked> {
  const { warehouse, dataset } = ports;
  const { importId, source, settings } = linking;
  const linkedAt = await nextMoment(ports, importId);
  const today = calendarOf(settings.zone)!(ports.now());
  const since = linking.which === "all" ? undefined : await oldestDue(ports, linking, today);
  const run = { dataset, importId, source, settings, today, since, linkedAt };
  await warehouse.write(
    [linkSql(warehouse.sql, run), dayChangesSql(warehouse.sql, { dataset, importId, changedAt: linkedAt })],
    { deadlineMs: writeDeadlineMs },
  );
  return counted(ports, importId, linkedAt);
}

/** Later than all that was decided: two runs within a millisecond are told apart. */
async function nextMoment({ warehouse, dataset, now }: LinkPorts, importId: string): Promise<number> {
  const [latest] = await warehouse.select({
    from: importTable(dataset, "backend_event_links"),
    measures: { at: { is: "max", column: "linked_at" } },
    where: [{ column: "import_id", is: "=", value: importId }],
    limit: 1,
  });
  return Math.max(now(), Number(latest?.["at"] ?? 0) + 1);
}

async function oldestDue(
  { warehouse, dataset }: LinkPorts,
  { importId, settings }: Linking,
  today: string,
): Promise<string> {
  const young = daysBefore(today, settings.window_days);
  const [waiting] = await warehouse.select({
    from: importTable(dataset, "backend_events_linked"),
    columns: ["date"],
    where: [
      { column: "import_id", is: "=", value: importId },
      { column: "state", is: "=", value: "waiting" },
    ],
    orderBy: [{ column: "date" }],
    limit: 1,
  });
  const oldest = String(waiting?.["date"] ?? young);
  return oldest < young ? oldest : young;
}

async function counted(
  { warehouse, dataset }: LinkPorts,
  importId: string,
  linkedAt: number,
): Promise<Linked> {
  const rows = await warehouse.select({
    from: importTable(dataset, "backend_events_linked"),
    columns: ["last_change"],
    measures: { events: { is: "count" } },
    where: [
      { column: "import_id", is: "=", value: importId },
      { column: "linked_at", is: "=", value: linkedAt },
    ],
    limit: 20,
  });
  const sum = (of: (change: unknown) => boolean) =>
    rows.filter((row) => of(row["last_change"])).reduce((total, row) => total + Number(row["events"]), 0);
  return {
    changed: sum(() => true),
    linked: sum((change) => change === "linked"),
    moved: sum((change) => change === "moved"),
  };
}

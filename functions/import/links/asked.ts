import type { Documents } from "../../documents.ts";
import type { Warehouse } from "../../warehouse.ts";
import type { Who } from "../../people/who.ts";
import { daysBefore } from "../fields/date.ts";
import { quotingNothing } from "../quotes.ts";
import { findImport, type ImportView } from "../registered/imports.ts";
import { linkedCsv, listLinked, type LinkedEvent, type WhichEvents } from "./one-by-one/events.ts";
import type { KeptWebEvents } from "./fields.ts";
import { linkEvents, type LinkedAnswer, makeLinkTables } from "./link.ts";
import { demandFit, unfit, webEventsOf } from "./mapping.ts";
import { readWebEvents, type LinkPorts } from "./refresh.ts";
import { linkReport, type LinkReport } from "./report.ts";
import { lastRun } from "./automatic/runs.ts";
import { type LinkSettings, usualLinkSettings } from "./settings.ts";
import type { WebEvents } from "./web-events.ts";

/** What people ask of links: which table their web events are in, and what came of it. */

export interface AskedPorts {
  readonly documents: Documents;
  readonly warehouse: Warehouse;
  readonly productDataset: string;
  readonly defaultDataset: string;
  readonly now: () => number;
}

/** Where no table is named, what the import keeps of its web events holds, but for what is said here. */
export interface AskedLinks extends Partial<KeptWebEvents> {
  /** Of the web events: what is read anew. The days that are new, and the few before them, where left out. */
  readonly first?: string;
  readonly last?: string;
  /** Also events that are final. */
  readonly all?: boolean;
}

/** As `linkImport`, for a person: what a refusal quotes of rows is told to whoever may see payloads. */
export function askLinks(
  ports: AskedPorts,
  who: Pick<Who, "seesPayloads">,
  importId: string,
  asked: AskedLinks,
): Promise<LinkedAnswer> {
  return quotingNothing(who, linkImport(ports, importId, asked));
}

/** Reads the web events, and links the events of an import to them.
 *  @throws import_unknown, query_refused where the table does not fit, table_missing, statement_refused,
 *  warehouse_down */
export async function linkImport(
  ports: AskedPorts,
  importId: string,
  asked: AskedLinks,
): Promise<LinkedAnswer> {
  const one = await findImport(ports, importId);
  const said = { ...webEventsSaid(one, asked), ...asked };
  const web = webEventsOf(ports, said);
  demandDays(ports, web, asked);
  await demandFit(ports, web);
  const link = linkPorts(ports);
  await makeLinkTables(link);
  const days = await readWebEvents(link, web, asked);
  const done = await linkEvents(link, {
    importId,
    source: web.source,
    settings: settingsOf(said, one.zone),
    which: asked.all === true ? "all" : "due",
  });
  return { source: web.source, ...days, ...done };
}

/** @throws query_refused where nobody says which they are */
function webEventsSaid({ name, web_events }: ImportView, { table }: AskedLinks): KeptWebEvents {
  if (table !== undefined) return { table };
  if (web_events === undefined)
    throw unfit(`No table of web events is named, and the import ${name} keeps none.`);
  return web_events;
}

/** @throws import_unknown, table_missing where nothing was ever linked, warehouse_down */
export async function showLinks(
  ports: AskedPorts,
  importId: string,
  asked: { source?: string; first: string; last: string },
): Promise<LinkReport> {
  await findImport(ports, importId);
  const run = await lastRun(ports, importId);
  return { ...(await linkReport(linkPorts(ports), { importId, ...asked })), ...(run && { last_run: run }) };
}

/** Its events one by one. @throws as `showLinks` */
export async function showLinkedEvents(
  ports: AskedPorts,
  which: WhichEvents,
  page: { limit: number; offset: number },
): Promise<LinkedEvent[]> {
  await findImport(ports, which.importId);
  return listLinked(linkPorts(ports), which, page);
}

/** @throws as `showLinks` */
export async function linkedEventsCsv(ports: AskedPorts, which: WhichEvents): Promise<AsyncIterable<string>> {
  await findImport(ports, which.importId);
  return linkedCsv(linkPorts(ports), which);
}

function settingsOf(asked: AskedLinks, zone: string): LinkSettings {
  const { look_back_days, window_days, after_days, order, choice } = { ...usualLinkSettings, ...asked };
  return { look_back_days, window_days, after_days, order, choice, zone };
}

const linkPorts = ({ warehouse, productDataset, now }: AskedPorts): LinkPorts => ({
  warehouse,
  dataset: productDataset,
  now,
});

/** Of tables of days so many are looked for. */
const dailyMax = 1_000;

function demandDays({ now }: AskedPorts, { tables }: WebEvents, { first, last }: AskedLinks): void {
  for (const day of [first, last])
    if (day !== undefined && daysBefore(day, 0) !== day) throw unfit(`${day} is no day of the calendar.`);
  // Some zone is a day ahead.
  const newest = daysBefore(new Date(now()).toISOString().slice(0, 10), -1);
  const until = last ?? newest;
  if (until > newest) throw unfit(`The last day, ${until}, is in the future.`);
  if (first === undefined) return;
  if (first > until) throw unfit(`The first day, ${first}, is after the last one, ${until}.`);
  if (tables === "daily" && daysBefore(until, dailyMax) > first)
    throw unfit(`From ${first} to ${until} are more than ${dailyMax} tables of a day each.`);
}

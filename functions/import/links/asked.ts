import type { Documents } from "../../documents.ts";
import { queryRefused, tableMissing } from "../../problems.ts";
import { oldIdColumn } from "../../stream-ref.ts";
import { parseTable, tableName, tablePattern } from "../../table.ts";
import type { Warehouse } from "../../warehouse.ts";
import { daysBefore } from "../fields/date.ts";
import { findImport } from "../registered/imports.ts";
import { linkEvents, makeLinkTables, type Linked } from "./link.ts";
import { readWebEvents, type LinkPorts } from "./refresh.ts";
import { linkReport, type LinkReport } from "./report.ts";
import { type LinkSettings, usualLinkSettings } from "./settings.ts";
import type { Cell, WebEvents } from "./web-events.ts";
import { type Filled, type Preset, presets, type timeUnits } from "./presets.ts";

/** What people ask of links: which table their web events are in, and what came of it. */

export interface AskedPorts {
  readonly documents: Documents;
  readonly warehouse: Warehouse;
  readonly productDataset: string;
  readonly defaultDataset: string;
  readonly now: () => number;
}

/** A table of web events as somebody writes it. A cell is a column (`ev`, of a record
 *  `ecommerce.transaction_id`), a value within a column of JSON (`fields:$.order.id`), or the same text for
 * all rows (`=lead`). */
export interface AskedWebEvents {
  readonly preset?: Preset;
  readonly table: string;
  /** The table's name where left out. */
  readonly source?: string;
  readonly ev?: string;
  readonly transaction_id?: string;
  readonly time?: string;
  readonly time_unit?: (typeof timeUnits)[number];
  readonly web_event_id?: readonly string[];
  readonly day?: string;
  readonly zone?: string;
}

export interface AskedLinks extends AskedWebEvents, Partial<Omit<LinkSettings, "zone">> {
  /** Of the web events: what is read anew. The days that are new, and the few before them, where left out. */
  readonly first?: string;
  readonly last?: string;
  /** Also events that are final. */
  readonly all?: boolean;
}

const name = "[A-Za-z_][A-Za-z0-9_]{0,299}";
export const columnPattern = `^${name}$`;
export const cellPattern = `^(${name}([.]${name}){0,5}|${name}:[$][^'\\\\\\u0000-\\u001f]{0,300}|=[^\\u0000-\\u001f]{1,64})$`;
export const sourcePattern = "^[A-Za-z0-9_.:-]{1,300}$";
export const webTablePattern = tablePattern;

export interface LinkedAnswer extends Linked {
  readonly source: string;
  /** Of the web events that were read. */
  readonly first: string;
  readonly last: string;
}

/** Reads the web events, and links the events of an import to them.
 *  @throws import_unknown, query_refused where the table does not fit, table_missing, warehouse_down */
export async function linkImport(
  ports: AskedPorts,
  importId: string,
  asked: AskedLinks,
): Promise<LinkedAnswer> {
  const { zone } = await findImport(ports, importId);
  const web = webEventsOf(ports, asked);
  demandDays(ports, web, asked);
  await demandFit(ports, web);
  const link = linkPorts(ports);
  await makeLinkTables(link);
  const days = await readWebEvents(link, web, asked);
  const done = await linkEvents(link, {
    importId,
    source: web.source,
    settings: settingsOf(asked, zone),
    which: asked.all === true ? "all" : "due",
  });
  return { source: web.source, ...days, ...done };
}

/** @throws import_unknown, table_missing where nothing was ever linked, warehouse_down */
export async function showLinks(
  ports: AskedPorts,
  importId: string,
  asked: { source?: string; first: string; last: string },
): Promise<LinkReport> {
  await findImport(ports, importId);
  return linkReport(linkPorts(ports), { importId, ...asked });
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

/** @throws query_refused */
export function webEventsOf(
  { defaultDataset, productDataset }: Pick<AskedPorts, "defaultDataset" | "productDataset">,
  asked: AskedWebEvents,
): WebEvents {
  const { table: text, preset, zone, day, source } = asked;
  const usual: Partial<Filled> = preset === undefined ? {} : presets[preset];
  const all = { ...usual, ...asked };
  const { ev, transaction_id, time, web_event_id } = all;
  const table = parseTable(text, defaultDataset);
  if (table === undefined) throw unfit(`${text} is no table.`);
  // Dead letters hold the keys to write to streams.
  if (table.dataset.toLowerCase() === productDataset.toLowerCase())
    throw unfit(`${text} is Afterclick's own table, and holds no web events.`);
  const missing = Object.entries({ ev, transaction_id, time, web_event_id }).filter(
    ([, cell]) => cell === undefined,
  );
  if (ev === undefined || transaction_id === undefined || time === undefined || web_event_id === undefined)
    throw unfit(`It is not said which columns are ${missing.map(([field]) => field).join(", ")}.`);
  return {
    source: source ?? tableName(table),
    table,
    tables: all.tables ?? "one",
    ev: cellOf(ev),
    transaction_id: cellOf(transaction_id),
    time: cellOf(time),
    time_unit: all.time_unit ?? "timestamp",
    web_event_id: web_event_id.map(cellOf),
    ...(day !== undefined && { day }),
    ...(zone !== undefined && { zone }),
  };
}

function cellOf(text: string): Cell {
  if (text.startsWith("=")) return { constant: text.slice(1) };
  const at = text.indexOf(":");
  return at === -1 ? { column: text } : { column: text.slice(0, at), json: text.slice(at + 1) };
}

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

/** What a statement would say of a column that is missing is for whoever wrote the statement. */
async function demandFit({ warehouse }: AskedPorts, web: WebEvents): Promise<void> {
  const cells = [
    web.ev,
    web.transaction_id,
    web.time,
    ...web.web_event_id,
    ...(web.day ? [{ column: web.day }] : []),
  ];
  const named = cells.flatMap((cell) => ("column" in cell ? [cell.column.split(".")[0]!] : []));
  if (named.some((column) => column.toLowerCase() === oldIdColumn))
    throw unfit(`${oldIdColumn} is the key to write to a stream, and no part of a web event.`);
  if (web.tables === "daily") return;
  const found = await warehouse.describe(web.table);
  if (found === undefined) throw tableMissing({ table: tableName(web.table) });
  // The emulator tells no columns of a view.
  if (found.columns.length === 0) return;
  const there = new Set(found.columns.map((column) => column.name.toLowerCase()));
  const lacking = named.filter((column) => !there.has(column.toLowerCase()));
  if (lacking.length > 0)
    throw unfit(
      `${tableName(web.table)} has no column ${[...new Set(lacking)].join(", ")}; it has ${shown(found.columns)}.`,
    );
}

const shownMax = 30;

function shown(columns: readonly { name: string }[]): string {
  const names = columns.slice(0, shownMax).map((column) => column.name);
  return names.join(", ") + (columns.length > shownMax ? ", …" : "");
}

function unfit(why: string): Error {
  return queryRefused({
    why,
    advice: "Name the table of web events and its columns as docs/imports.md says.",
  });
}

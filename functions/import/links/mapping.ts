import { queryRefused, tableMissing } from "../../problems.ts";
import { oldIdColumn } from "../../stream-ref.ts";
import { parseTable, tableName, type TableRef } from "../../table.ts";
import type { TableDescription, Warehouse } from "../../warehouse.ts";
import { type AskedWebEvents, filesMark } from "./fields.ts";
import { type Filled, presets } from "./presets.ts";
import type { Cell, FilesRef, WebEvents } from "./web-events.ts";

/** From what somebody wrote of a table of web events to what is read of it. */

export interface MappingPorts {
  readonly warehouse: Pick<Warehouse, "describe" | "files">;
  readonly productDataset: string;
  readonly defaultDataset: string;
}

/** @throws query_refused */
export function webEventsOf(
  { defaultDataset, productDataset }: Omit<MappingPorts, "warehouse">,
  asked: AskedWebEvents,
): WebEvents {
  const { table: text, preset, zone, day, source } = asked;
  const usual: Partial<Filled> = preset === undefined ? {} : presets[preset];
  const all = { ...usual, ...asked };
  const { ev, transaction_id, time, web_event_id } = all;
  const table = whereIn(text, defaultDataset);
  if (table === undefined) throw unfit(`${text} is no table.`);
  // Dead letters hold the keys to write to streams.
  if ("dataset" in table && table.dataset.toLowerCase() === productDataset.toLowerCase())
    throw unfit(`${text} is Afterclick's own table, and holds no web events.`);
  if ("files" in table && all.tables === "daily")
    throw unfit(`${text} are files, and the preset ${preset} is of tables, one a day.`);
  const missing = Object.entries({ ev, transaction_id, time, web_event_id }).filter(
    ([, cell]) => cell === undefined,
  );
  if (ev === undefined || transaction_id === undefined || time === undefined || web_event_id === undefined)
    throw unfit(`It is not said which columns are ${missing.map(([field]) => field).join(", ")}.`);
  return {
    source: source ?? nameOf(table),
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

function whereIn(text: string, defaultDataset: string): TableRef | FilesRef | undefined {
  if (text.startsWith(filesMark)) return { files: text.slice(filesMark.length) };
  return parseTable(text, defaultDataset);
}

/** As a report may be asked for it. */
function nameOf(table: TableRef | FilesRef): string {
  if ("files" in table) return filesMark + table.files.replaceAll(/[^A-Za-z0-9_.:-]/g, "_");
  return tableName(table);
}

function cellOf(text: string): Cell {
  if (text.startsWith("=")) return { constant: text.slice(1) };
  const at = text.indexOf(":");
  return at === -1 ? { column: text } : { column: text.slice(0, at), json: text.slice(at + 1) };
}

/** What a statement would say of a column that is missing is for whoever wrote the statement.
 *  @throws query_refused, table_missing, warehouse_down */
export async function demandFit(
  { warehouse }: Pick<MappingPorts, "warehouse">,
  web: WebEvents,
): Promise<void> {
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
  const columns = await columnsOf(warehouse, web.table);
  // The emulator tells no columns of a view.
  if (columns.length === 0) return;
  const there = new Set(columns.map((column) => column.name.toLowerCase()));
  const lacking = named.filter((column) => !there.has(column.toLowerCase()));
  if (lacking.length > 0)
    throw unfit(
      `${nameOf(web.table)} has no column ${[...new Set(lacking)].join(", ")}; it has ${shown(columns)}.`,
    );
}

/** @throws query_refused, table_missing, warehouse_down */
async function columnsOf(
  { describe, files }: MappingPorts["warehouse"],
  table: TableRef | FilesRef,
): Promise<TableDescription["columns"]> {
  if ("dataset" in table) {
    const found = await describe(table);
    if (found === undefined) throw tableMissing({ table: tableName(table) });
    return found.columns;
  }
  if (files === undefined)
    throw unfit("Files are read on one machine alone, from the folder that FILES_DIR names there.");
  const columns = await files.describe(table.files);
  if (columns === undefined) throw unfit(`No file in the folder of FILES_DIR is ${table.files}.`);
  return columns;
}

const shownMax = 30;

function shown(columns: readonly { name: string }[]): string {
  const names = columns.slice(0, shownMax).map((column) => column.name);
  return names.join(", ") + (columns.length > shownMax ? ", …" : "");
}

export function unfit(why: string): Error {
  return queryRefused({
    why,
    advice: "Name the table of web events and its columns as docs/imports.md says.",
  });
}

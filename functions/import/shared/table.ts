import { isProblem } from "../../problem.ts";
import {
  datasetMissing,
  statementRefused,
  tableForbidden,
  tableMissing,
  warehouseDown,
} from "../../problems.ts";
import { parseTable, tableName, type TableRef } from "../../table.ts";
import type { TableDescription, Warehouse } from "../../warehouse.ts";
import { FileFault, tableNotShared, tableNotThere, tableRefused } from "../faults.ts";
import { filesMark } from "../links/fields.ts";
import type { ImportView } from "../registered/imports.ts";
import type { SeenDay } from "./state.ts";
import { daysSql, rowsOfDaySql, sharedColumns } from "./statements.ts";

/** A shared table, as days and as rows: a table or view of the warehouse, or files of one folder. */

export interface TablePorts {
  readonly warehouse: Warehouse;
  readonly productDataset: string;
  readonly defaultDataset: string;
  /** Who we are, where somebody has to let us read. */
  readonly account?: string;
  /** How long the warehouse may take for what it is asked once; 10 min where left out. */
  readonly deadlineMs?: number;
}

export interface Shared {
  /** Whether its values are numbers, and no text that somebody wrote. */
  readonly hasNumbers: boolean;
  /** By day, what is there; see `noDay`. @param known.at since when what is new is there */
  seenDays(
    days: { first: string; last: string },
    known: { before: Readonly<Record<string, SeenDay>>; at: number },
  ): Promise<Record<string, SeenDay>>;
  /** Its rows of a day as a CSV file. */
  rowsOf(day: string): Promise<AsyncIterable<Uint8Array>>;
  /** Whether more than this table is shared with us, as far as it can be seen. */
  isWider(): Promise<boolean>;
}

/** The day of rows whose date is none. */
export const noDay = "none";
/** The print of a day without rows. */
export const noRows = "";

const deadlineMsUsual = 600_000;

/** @throws table_not_there, header_missing, header_twice, column_type, ref_id_type, date_is_instant; what the
 *  warehouse throws */
export async function openShared(ports: TablePorts, one: ImportView): Promise<Shared> {
  const { warehouse, deadlineMs = deadlineMsUsual } = ports;
  const { sql } = warehouse;
  const table = tableOf(ports, one.table!);
  const columns = sharedColumns(sql, await columnsOf(warehouse, table, one.table!), one, one.table!);
  const from = "files" in table ? warehouse.files!.sql(table.files) : sql.table(table);
  return {
    hasNumbers: columns.hasNumbers,
    async seenDays(days, { before, at }) {
      const found: Record<string, SeenDay> = {};
      for (const [day, rows, print] of await cellsOf(
        await warehouse.extract(daysSql(sql, from, columns, days), { deadlineMs }),
      )) {
        const name = day === "" ? noDay : day!;
        const known = before[name];
        const since = known?.print === print ? known!.since : at;
        found[name] = { rows: Number(rows), print: print!, since };
      }
      return found;
    },
    rowsOf: (day) =>
      warehouse.extract(rowsOfDaySql(sql, from, columns, day === noDay ? undefined : day), { deadlineMs }),
    isWider: async () => !("files" in table) && (await warehouse.seesBeside?.(table)) === true,
  };
}

/** What became of it, for who shares the table and who asked for it. */
export function faultOf(
  { account }: TablePorts,
  table: string,
  error: unknown,
): { code: string; message: string } {
  if (error instanceof FileFault) return error;
  if (isProblem(error, tableMissing, datasetMissing)) return tableNotThere({ what: `There is no ${table}.` });
  if (isProblem(error, tableForbidden)) return tableNotShared({ table, account, why: error.facts.why });
  if (isProblem(error, statementRefused))
    return tableRefused({ table, why: error.facts.why ?? "it does not say why" });
  return isProblem(error, warehouseDown) ? error : (error as Error & { code: string });
}

function tableOf(
  { productDataset, defaultDataset }: TablePorts,
  text: string,
): TableRef | { readonly files: string } {
  if (text.startsWith(filesMark)) return { files: text.slice(filesMark.length) };
  const table = parseTable(text, defaultDataset);
  if (table === undefined) throw tableNotThere({ what: `${text} is no name of a table.` });
  // What is kept there is read by other ways, each with its own rights.
  if (table.dataset.toLowerCase() === productDataset.toLowerCase())
    throw tableNotThere({ what: `${text} is a table of Afterclick's own.` });
  return table;
}

async function columnsOf(
  { describe, files }: Warehouse,
  table: TableRef | { readonly files: string },
  name: string,
): Promise<TableDescription["columns"]> {
  if ("dataset" in table) {
    const found = await describe(table);
    if (found === undefined) throw tableNotThere({ what: `There is no ${tableName(table)}.` });
    return found.columns;
  }
  if (files === undefined)
    throw tableNotThere({
      what: `${name}: files are read on one machine alone, from the folder that FILES_DIR names.`,
    });
  const found = await files.describe(table.files);
  if (found === undefined)
    throw tableNotThere({ what: `No file in the folder of FILES_DIR is ${table.files}.` });
  return found;
}

/** Of a CSV whose cells hold nothing that needs quotes, without its header. */
async function cellsOf(csv: AsyncIterable<Uint8Array>): Promise<string[][]> {
  const parts: Uint8Array[] = [];
  for await (const part of csv) parts.push(part);
  const lines = Buffer.concat(parts).toString().split(/\r?\n/).slice(1);
  return lines.filter((line) => line !== "").map((line) => line.replaceAll('"', "").split(","));
}

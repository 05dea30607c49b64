import type { Documents } from "../../documents.ts";
import { requestRefused, warehouseDown } from "../../problems.ts";
import { parseTable } from "../../table.ts";
import { findImport } from "../registered/imports.ts";
import { type Grant, grantOf, type Sharing, widerWords } from "./grant.ts";
import { askLook, readLooked } from "./state.ts";
import { noDay } from "./table.ts";

/** A shared table as people see it. */
export interface SharedView {
  readonly table: string;
  /** What has to be granted, where somebody has to grant something. */
  readonly grant?: Grant;
  /** Unix ms; undefined before it was looked at. */
  readonly looked_at?: number;
  /** Why it cannot be read. */
  readonly code?: string;
  readonly detail?: string;
  /** Since when, in Unix ms. */
  readonly since?: number;
  /** More than the table is shared, as far as it can be seen. */
  readonly warning?: string;
  /** The newest first; those of the last week that have rows. */
  readonly days: readonly SharedDay[];
  /** Rows whose date is none. */
  readonly undated: number;
}

export interface SharedDay {
  readonly date: string;
  readonly rows: number;
  /** `settling`: it changed, and is read once it stays the same. */
  readonly state: "read" | "settling";
}

export interface SharedViewPorts {
  readonly documents: Documents;
  readonly defaultDataset: string;
  /** Absent where everything that can be read is ours. */
  readonly sharing?: Sharing;
}

/** @throws import_unknown; request_refused where the import reads no table */
export async function showShared(ports: SharedViewPorts, name: string): Promise<SharedView> {
  const table = await tableOfImport(ports, name);
  const known = (await readLooked(ports, name))?.looked;
  const looked = known?.table === table && known.looked_at > 0 ? known : undefined;
  const { trouble, seen = {}, taken = {} } = looked ?? {};
  const ref = parseTable(table, ports.defaultDataset);
  const days = Object.entries(seen).filter(([day]) => day !== noDay);
  return {
    table,
    ...(ports.sharing !== undefined && ref !== undefined && { grant: grantOf(ports.sharing, ref) }),
    ...(looked !== undefined && { looked_at: looked.looked_at }),
    ...(trouble !== undefined && { code: trouble.code, detail: trouble.detail, since: trouble.at }),
    ...(looked?.wider === true && { warning: widerWords }),
    days: days
      .map(([date, { rows, print }]): SharedDay => {
        return { date, rows, state: taken[date] === print ? "read" : "settling" };
      })
      .sort((one, other) => (one.date < other.date ? 1 : -1)),
    undated: seen[noDay]?.rows ?? 0,
  };
}

/** Has it looked at soon, whatever the time. @throws as `showShared` */
export async function lookSoon(ports: SharedViewPorts, name: string): Promise<void> {
  await tableOfImport(ports, name);
  await askLook(ports, name);
}

async function tableOfImport(ports: SharedViewPorts, name: string): Promise<string> {
  const { table } = await findImport(ports, name);
  if (table === undefined)
    throw requestRefused({
      what: `The import ${name} reads no table: files are sent to it. Set its table first`,
    });
  return table;
}

/** Their sentences may quote a value of a row, or a line of a file. */
const quoting = new Set<string | undefined>(["table_refused", warehouseDown.code]);

export function withoutQuotes({ detail, ...view }: SharedView): SharedView {
  return quoting.has(view.code) || detail === undefined ? view : { ...view, detail };
}

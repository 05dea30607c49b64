import { rowColumns } from "../../hits/row.ts";
import { asProblem, asRead, isProblem } from "../../problem.ts";
import { datasetMissing, warehouseDown } from "../../problems.ts";
import type { Registry } from "../../registry.ts";
import { oldIdColumn } from "../../stream-ref.ts";
import { parseTable, tableName, type TableRef } from "../../table.ts";
import type { TableDescription, TableSpec, Warehouse } from "../../warehouse.ts";
import { inParallel, within } from "../../within.ts";
import { viewName, viewSuffixes } from "./definitions.ts";
import { readAll, type Reading } from "../reading.ts";

/** What there is to read: the tables of all streams and their views. */

export interface ListingPorts {
  warehouse: Pick<Warehouse, "describe" | "ownTables">;
  registry: Pick<Registry, "list">;
  /** The dataset of a bare table name. */
  defaultDataset: string;
  /** The product's own dataset, for dead letters. */
  productDataset: string;
}

export interface ListedTable {
  readonly name: string;
  /** `missing`: a table that its first hit makes. */
  readonly kind: TableDescription["kind"] | "missing";
  /** What it is for, in a sentence. */
  readonly what: string;
  /** Who writes there, or did before it was removed: by name, else by id. */
  readonly streams: readonly string[];
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly description?: string;
  }[];
}

export interface Listing {
  /** By name; the views of a table follow it. */
  readonly tables: readonly ListedTable[];
  /** What could not be looked at. */
  readonly skipped: readonly { readonly table: string; readonly why: string }[];
}

type Candidate = Pick<ListedTable, "what" | "streams"> & {
  readonly table: TableRef;
  /** What else has the name is none of ours. A stream's own table is listed whatever it is,
   *  also where it is missing. */
  readonly expects: "any" | "table" | "view";
  /** What its columns mean; those of the streams' tables where left out. */
  readonly spec?: Pick<TableSpec, "columns">;
};

const looksAtOnce = 16;
/** For all of them: one sick table holds up no list. */
const looksDeadlineMs = 10_000;

/** Looks at each table and view once and reads no row.
 *  @param more tables and views of others, with what they are for
 *  @throws registry_down; warehouse_down where it cannot name its tables */
export async function listTables(
  ports: ListingPorts,
  more: readonly Omit<Candidate, "streams">[],
): Promise<Listing> {
  const candidates = [
    ...(await tablesOfStreams(ports)).flatMap(withViews),
    ...more.map((other) => ({ ...other, streams: [] })),
  ];
  const skipped: { table: string; why: string }[] = [];
  const end = performance.now() + looksDeadlineMs;
  const listed = await inParallel(candidates, looksAtOnce, async (candidate) => {
    try {
      return await looked(ports.warehouse, candidate, end - performance.now());
    } catch (error) {
      skipped.push({ table: tableName(candidate.table), why: asProblem(asRead(error)).message });
      return [];
    }
  });
  return { tables: listed.flat(), skipped };
}

interface Used {
  readonly table: TableRef;
  readonly readings: Reading[];
}

/** Also of removed and of invalid ones; where the warehouse tells, also those that
 *  streams wrote to before. */
async function tablesOfStreams(ports: ListingPorts): Promise<Used[]> {
  const used = new Map<string, Used>();
  const at = (table: TableRef): Used => {
    const there = used.get(tableName(table)) ?? { table, readings: [] };
    used.set(tableName(table), there);
    return there;
  };
  for (const reading of readAll(await ports.registry.list(), ports)) {
    const { table } = reading.document;
    const ref = typeof table === "string" ? parseTable(table, ports.defaultDataset) : undefined;
    if (ref !== undefined) at(ref).readings.push(reading);
  }
  for (const table of (await ports.warehouse.ownTables?.()) ?? []) at(table);
  return [...used]
    .filter(([, { table }]) => table.dataset !== ports.productDataset)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, each]) => each);
}

function withViews({ table, readings }: Used): Candidate[] {
  const streams = readings.map(({ id, document: { name } }) =>
    typeof name === "string" && name ? name : id,
  );
  const views = viewSuffixes.map((suffix) => ({
    table: viewName(table, suffix),
    what: purposes[suffix],
    streams,
    expects: "view" as const,
  }));
  // One that only streams wrote to that were removed is there, or nobody makes it any more.
  const isOver = readings.length > 0 && readings.every(({ removed }) => removed);
  return [{ table, what: purposes.table, streams, expects: isOver ? "table" : "any" }, ...views];
}

const purposes = {
  table: "every hit as a row, as it came; a hit may come twice",
  _unique: "each hit once, without tests: to count",
  _items: "each item of a batch as a row, without repeats and tests",
  _current: "the latest state of each record that the stream's key names, without tests",
} as const;

/** @returns nothing where a view is not there: most streams need not all of them */
async function looked(
  warehouse: Pick<Warehouse, "describe">,
  { table, what, streams, expects, spec }: Candidate,
  leftMs: number,
): Promise<ListedTable[]> {
  const late = () => {
    throw warehouseDown({ why: `not all tables could be looked at within ${looksDeadlineMs / 1000} s` });
  };
  const found = leftMs <= 0 ? late() : await within(leftMs, described(warehouse, table), late);
  const name = tableName(table);
  if (found === undefined)
    return expects === "any" ? [{ name, kind: "missing", what, streams, columns: [] }] : [];
  // A table that somebody else made has the name of a view.
  if (expects !== "any" && found.kind !== expects) return [];
  const columns = found.columns.flatMap(({ name, type }) => {
    if (name === oldIdColumn) return [];
    const description =
      spec === undefined
        ? descriptions.get(name)
        : spec.columns.find((column) => column.name === name)?.description;
    return [{ name, type, ...(description !== undefined && { description }) }];
  });
  return [{ name, kind: found.kind, what, streams, columns }];
}

async function described(
  warehouse: Pick<Warehouse, "describe">,
  table: TableRef,
): Promise<TableDescription | undefined> {
  try {
    return await warehouse.describe(table);
  } catch (error) {
    if (isProblem(error, datasetMissing)) return undefined;
    throw error;
  }
}

const descriptions = new Map([
  ...rowColumns.map(({ name, description }) => [name, description] as const),
  ["item_number", "The place of the item in its hit, from 0"] as const,
  ["item", "The item as JSON; NULL for a hit that has none"] as const,
]);

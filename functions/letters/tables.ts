import {
  deadLetterEvents,
  deadLetterEventsTable,
  deadLetters,
  deadLetterStatesView,
  deadLettersTable,
} from "./letter.ts";
import type { Log } from "../log.ts";
import { makeOwnTable } from "../own-table.ts";
import { asProblem, isProblem } from "../problem.ts";
import { tableMissing } from "../problems.ts";
import { tableName, type TableRef } from "../table.ts";
import type { Row, Warehouse } from "../warehouse.ts";

/** What every operation on dead letters works with. */
export interface LetterPorts {
  warehouse: Warehouse;
  /** The product's own dataset. */
  productDataset: string;
}

/** The product's own tables: made on first use, by deliver and by the admin API alike. The dataset itself is made where
 *  the product is installed (Terraform; the start of the embedded run), never here. */
export interface ProductTables {
  readonly letters: TableRef;
  readonly events: TableRef;
  /** The view that tells the state of each dead letter. */
  readonly states: TableRef;
}

export function productTables(productDataset: string): ProductTables {
  const at = (table: string): TableRef => ({ dataset: productDataset, table });
  return {
    letters: at(deadLettersTable),
    events: at(deadLetterEventsTable),
    states: at(deadLetterStatesView),
  };
}

const specs = { letters: deadLetters, events: deadLetterEvents } as const;

/** After the view could not be made beside a dead letter, the next one tries so much later. */
const stateViewAgainMs = 10_000;

/** What is made, or being made. Once a process: what exists keeps existing, and `appendToProduct` notices when it does
 *  not. A failure is not remembered. */
interface Made {
  tables?: Promise<ProductTables> | undefined;
  view?: Promise<void> | undefined;
  /** By `performance.now()`: the view is not tried beside a dead letter before. */
  viewAt: number;
}

const made = new WeakMap<Warehouse, Map<string, Made>>();

/** Makes the tables and the view where they are missing; asks the warehouse once a process.
 *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs where another table has the name; the next
 *  call then tries again */
export async function ensureProductTables(
  warehouse: Warehouse,
  productDataset: string,
): Promise<ProductTables> {
  const tables = await ensureTables(warehouse, productDataset);
  await ensureView(warehouse, productDataset, tables);
  return tables;
}

function ensureTables(warehouse: Warehouse, productDataset: string): Promise<ProductTables> {
  const known = madeIn(warehouse, productDataset);
  if (known.tables !== undefined) return known.tables;
  const making = makeTables(warehouse, productTables(productDataset));
  known.tables = making;
  making.catch(() => {
    if (known.tables === making) known.tables = undefined;
  });
  return making;
}

function ensureView(
  warehouse: Warehouse,
  productDataset: string,
  { states, letters, events }: ProductTables,
): Promise<void> {
  const known = madeIn(warehouse, productDataset);
  if (known.view !== undefined) return known.view;
  const making = warehouse.putView(states, {
    kind: "dead_letter_states",
    letters,
    events,
  });
  known.view = making;
  making.catch(() => {
    if (known.view !== making) return;
    known.view = undefined;
    known.viewAt = performance.now() + stateViewAgainMs;
  });
  return making;
}

function madeIn(warehouse: Warehouse, productDataset: string): Made {
  const datasets = made.get(warehouse) ?? new Map<string, Made>();
  made.set(warehouse, datasets);
  const known = datasets.get(productDataset) ?? { viewAt: 0 };
  datasets.set(productDataset, known);
  return known;
}

async function makeTables(warehouse: Warehouse, tables: ProductTables): Promise<ProductTables> {
  await makeOwnTable(warehouse, tables.letters, deadLetters);
  await makeOwnTable(warehouse, tables.events, deadLetterEvents);
  return tables;
}

/** Asks the warehouse again next time. */
function forgetProductTables(warehouse: Warehouse): void {
  made.delete(warehouse);
}

/** Appends dead letters or their events (rows by `letterRow`, `eventRow` of dead-letter.ts) and makes the tables where
 *  somebody dropped them meanwhile. The view is made beside: one that cannot be made, or hangs, holds up no dead letter.
 *  @param log is told of a view that cannot be made
 *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs, row_refused */
export async function appendToProduct(
  warehouse: Warehouse,
  productDataset: string,
  into: "letters" | "events",
  rows: readonly Row[],
  { log, ...options }: { deadlineMs: number; log?: Log },
): Promise<void> {
  const append = async () => {
    const tables = await ensureTables(warehouse, productDataset);
    makeViewBeside(warehouse, productDataset, tables, log);
    await warehouse.append(tables[into], specs[into].columns, rows, options);
  };
  try {
    await append();
  } catch (error) {
    if (!isProblem(error, tableMissing)) throw error;
    forgetProductTables(warehouse);
    await append();
  }
}

function makeViewBeside(
  warehouse: Warehouse,
  productDataset: string,
  tables: ProductTables,
  log: Log | undefined,
): void {
  const { view, viewAt } = madeIn(warehouse, productDataset);
  if (view !== undefined || performance.now() < viewAt) return;
  ensureView(warehouse, productDataset, tables).catch((error: unknown) =>
    log?.("WARNING", "The view of the dead letters' states could not be made; they are kept without it.", {
      event: "view_failed",
      table: tableName(tables.states),
      detail: asProblem(error).message,
    }),
  );
}

import {
  deadLetterEvents,
  deadLetterEventsTable,
  deadLetters,
  deadLetterStatesView,
  deadLettersTable,
} from "./dead-letter.ts";
import { compareSchema } from "./destination.ts";
import { isProblem, schemaDiffers } from "./problem.ts";
import { tableName, type TableRef } from "./table.ts";
import type { Row, TableSpec, Warehouse } from "./warehouse.ts";

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

/** Once a process: what exists keeps existing, and `appendToProduct` notices when it does not. */
const made = new WeakMap<Warehouse, Map<string, Promise<ProductTables>>>();

/** Makes the tables and the view where they are missing; asks the warehouse once a process.
 *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs where another table has the name; the next
 *  call then tries again */
export function ensureProductTables(
  warehouse: Warehouse,
  productDataset: string,
): Promise<ProductTables> {
  const known =
    made.get(warehouse) ?? new Map<string, Promise<ProductTables>>();
  made.set(warehouse, known);
  const before = known.get(productDataset);
  if (before !== undefined) return before;
  const making = make(warehouse, productTables(productDataset));
  known.set(productDataset, making);
  making.catch(() => {
    if (known.get(productDataset) === making) known.delete(productDataset);
  });
  return making;
}

async function make(
  warehouse: Warehouse,
  tables: ProductTables,
): Promise<ProductTables> {
  await makeTable(warehouse, tables.letters, deadLetters);
  await makeTable(warehouse, tables.events, deadLetterEvents);
  await warehouse.putView(tables.states, {
    kind: "dead_letter_states",
    letters: tables.letters,
    events: tables.events,
  });
  return tables;
}

/** A table that is there already may be another one, or lack what a later version writes. */
async function makeTable(
  warehouse: Warehouse,
  table: TableRef,
  spec: TableSpec,
): Promise<void> {
  await warehouse.createTable(table, spec);
  const found = await warehouse.describe(table);
  // Where what was made shows a moment later.
  if (found === undefined) return;
  const { differences, missing } = compareSchema(found, spec.columns);
  if (differences.length > 0)
    throw schemaDiffers({
      table: tableName(table),
      differences: `the name is that of Afterclick's own table, and ${differences.join("; ")}; rename it, and the right one is made`,
    });
  if (found.ours && missing.length > 0)
    await warehouse.addColumns(table, missing);
}

/** Asks the warehouse again next time. */
export function forgetProductTables(warehouse: Warehouse): void {
  made.delete(warehouse);
}

/** Appends dead letters or their events (rows by `letterRow`, `eventRow` of dead-letter.ts) and makes the tables where
 *  somebody dropped them meanwhile.
 *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs, row_refused */
export async function appendToProduct(
  warehouse: Warehouse,
  productDataset: string,
  into: "letters" | "events",
  rows: readonly Row[],
  options: { deadlineMs: number },
): Promise<void> {
  const append = async () => {
    const tables = await ensureProductTables(warehouse, productDataset);
    await warehouse.append(tables[into], specs[into].columns, rows, options);
  };
  try {
    await append();
  } catch (error) {
    if (!isProblem(error, "table_missing")) throw error;
    forgetProductTables(warehouse);
    await append();
  }
}

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
import type { Row, Selection, Value, Warehouse } from "../warehouse.ts";

/** Where dead letters are: two tables of the product's own, which only grow, and the view that tells the
 *  state of each letter. One a process, since it remembers what it has made. */
export interface LetterStore {
  readonly tables: LetterTables;
  /** @throws table_missing, dataset_missing, schema_differs, table_forbidden, warehouse_down */
  select(from: keyof LetterTables, selection: Omit<Selection, "from">): Promise<Record<string, Value>[]>;
  /** Whether any letter was ever kept. @throws as select */
  isBegun(): Promise<boolean>;
  /** Makes the tables and the view where they are missing; asks the warehouse once.
   *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs where another table has the
   *  name; the next call then tries again */
  ensure(): Promise<void>;
  /** Appends letters or their events (rows by `letterRow`, `eventRow` of letter.ts) and makes the
   *  tables where somebody dropped them meanwhile. The view is made beside: one that cannot be made, or
   *  hangs, holds up no dead letter.
   *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs, row_refused */
  append(into: "letters" | "events", rows: readonly Row[], options: { deadlineMs: number }): Promise<void>;
}

export interface LetterTables {
  readonly letters: TableRef;
  readonly events: TableRef;
  /** The view that tells the state of each dead letter. */
  readonly states: TableRef;
}

/** What every operation on dead letters works with. */
export interface LetterPorts {
  letters: LetterStore;
}

/** The dataset itself is made where the product is installed (Terraform; the start of the
 *  embedded run), never here. */
interface StorePorts {
  warehouse: Warehouse;
  /** The product's own dataset. */
  productDataset: string;
  /** Is told of a view that cannot be made. */
  log: Log;
}

function letterTables(productDataset: string): LetterTables {
  const at = (table: string): TableRef => ({ dataset: productDataset, table });
  return {
    letters: at(deadLettersTable),
    events: at(deadLetterEventsTable),
    states: at(deadLetterStatesView),
  };
}

const specs = { letters: deadLetters, events: deadLetterEvents } as const;

/** After the view could not be made beside a dead letter, the next one tries so much later. */
const viewAgainMs = 10_000;

export function letterStore({ warehouse, productDataset, log }: StorePorts): LetterStore {
  const tables = letterTables(productDataset);
  const { letters, events, states } = tables;
  // Once a process: what exists keeps existing, and `append` notices when it does not. A
  // failure is not remembered.
  let tablesMade: Promise<void> | undefined;
  let viewMade: Promise<void> | undefined;
  /** By `performance.now()`: the view is not tried beside a dead letter before. */
  let viewAt = 0;

  function makeTables(): Promise<void> {
    if (tablesMade !== undefined) return tablesMade;
    const making = (async () => {
      await makeOwnTable(warehouse, letters, deadLetters);
      await makeOwnTable(warehouse, events, deadLetterEvents);
    })();
    tablesMade = making;
    making.catch(() => {
      if (tablesMade === making) tablesMade = undefined;
    });
    return making;
  }

  function makeView(): Promise<void> {
    if (viewMade !== undefined) return viewMade;
    const making = warehouse.putView(states, { kind: "dead_letter_states", letters, events });
    viewMade = making;
    making.catch(() => {
      if (viewMade !== making) return;
      viewMade = undefined;
      viewAt = performance.now() + viewAgainMs;
    });
    return making;
  }

  function makeViewBeside(): void {
    if (viewMade !== undefined || performance.now() < viewAt) return;
    makeView().catch((error: unknown) =>
      log("WARNING", "The view of the dead letters' states could not be made; they are kept without it.", {
        event: "view_failed",
        table: tableName(states),
        detail: asProblem(error).message,
      }),
    );
  }

  return {
    tables,
    select: (from, selection) => warehouse.select({ ...selection, from: tables[from] }),
    isBegun: async () => (await warehouse.describe(letters)) !== undefined,
    async ensure() {
      await makeTables();
      await makeView();
    },
    async append(into, rows, options) {
      const append = async () => {
        await makeTables();
        makeViewBeside();
        await warehouse.append(tables[into], specs[into].columns, rows, options);
      };
      try {
        await append();
      } catch (error) {
        if (!isProblem(error, tableMissing)) throw error;
        tablesMade = undefined;
        viewMade = undefined;
        viewAt = 0;
        await append();
      }
    },
  };
}

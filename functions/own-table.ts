import { compareSchema } from "./destination.ts";
import { isProblem } from "./problem.ts";
import { schemaDiffers, tableMissing } from "./problems.ts";
import { tableName, type TableRef } from "./table.ts";
import type { Row, TableSpec, Warehouse } from "./warehouse.ts";

/** A table of the product's own: made on first use. Its dataset is made where the product is installed
 *  (Terraform; the start of the embedded run), never here. */

/** A table that is there already may be another one, or lack what a later version writes.
 *  @throws warehouse_down, dataset_missing, table_forbidden; schema_differs where
 *  another table has the name */
export async function makeOwnTable(warehouse: Warehouse, table: TableRef, spec: TableSpec): Promise<void> {
  const found = await warehouse.describe(table);
  if (found === undefined) return warehouse.createTable(table, spec);
  const { differences, missing } = compareSchema(found, spec.columns);
  if (differences.length > 0)
    throw schemaDiffers({
      table: tableName(table),
      differences: `the name is that of Afterclick's own table, and ${differences.join("; ")}; rename it, and the right one is made`,
    });
  if (found.ours && missing.length > 0) await warehouse.addColumns(table, missing);
}

export interface OwnTable {
  /** Makes the table before the first rows, and where somebody dropped it meanwhile.
   *  @throws warehouse_down, dataset_missing, table_forbidden, schema_differs, row_refused */
  append(rows: readonly Row[], options: { deadlineMs: number }): Promise<void>;
}

/** Looks at the table once, and again where an append says that it is gone. */
export function openOwnTable(warehouse: Warehouse, table: TableRef, spec: TableSpec): OwnTable {
  let isMade = false;

  async function append(rows: readonly Row[], options: { deadlineMs: number }): Promise<void> {
    if (!isMade) await makeOwnTable(warehouse, table, spec);
    isMade = true;
    await warehouse.append(table, spec.columns, rows, options);
  }

  return {
    async append(rows, options) {
      try {
        await append(rows, options);
      } catch (error) {
        if (!isProblem(error, tableMissing)) throw error;
        isMade = false;
        await append(rows, options);
      }
    },
  };
}

import { isProblem, type Problem } from "./problem.ts";
import { datasetMissing, schemaDiffers, tableForbidden } from "./problems.ts";
import { tableName, type TableRef } from "./table.ts";
import type { Column, TableDescription, Warehouse } from "./warehouse.ts";

/** Whether rows can go into a stream's table as it stands. Deliver asks before it appends; the admin API asks
 *  to warn people early and to refuse a replay that would fail the same way again. */

/** How a table compares with the columns of a row. */
export interface Comparison {
  /** Why no row fits, in words that end a sentence; empty where rows fit. */
  readonly differences: readonly string[];
  /** Nullable columns of a row that the table lacks, in the order of the row. */
  readonly missing: readonly Column[];
  /** Columns of a row that the table has with the same type, in the order of the row. */
  readonly usable: readonly Column[];
}

type Compared = Pick<TableDescription, "kind" | "columns">;

/** @param columns what a row holds; the required ones among them are the product's promise and must be in the
 *  table. Their modes are not compared; a nullable column of another type is merely not written. */
export function compareSchema(description: Compared, columns: readonly Column[]): Comparison {
  if (description.kind !== "table") {
    return {
      differences: [`it is a ${description.kind === "view" ? "view" : "thing that takes no rows"}`],
      missing: [],
      usable: [],
    };
  }
  const differences: string[] = [];
  const missing: Column[] = [];
  const usable: Column[] = [];
  // Warehouses fold the case of column names.
  const found = new Map(description.columns.map((column) => [column.name.toLowerCase(), column]));
  for (const column of columns) {
    const there = found.get(column.name.toLowerCase());
    if (there?.type === column.type) usable.push(column);
    else if (column.required === true) {
      differences.push(
        there === undefined
          ? `the column ${column.name} ${column.type} is missing`
          : `the column ${column.name} is ${there.type}, ${column.type} is needed`,
      );
    } else if (there === undefined) missing.push(column);
  }
  const promised = new Set(
    columns.filter((column) => column.required).map((column) => column.name.toLowerCase()),
  );
  for (const column of description.columns) {
    if (column.required && !promised.has(column.name.toLowerCase())) {
      differences.push(
        `the further column ${column.name} must not be NULL, and Afterclick may have no value for it`,
      );
    }
  }
  return { differences, missing, usable };
}

/** Why rows of exactly these columns cannot be appended: each must be there with its type,
 *  the nullable ones too. */
export function appendDifferences(description: Compared, written: readonly Column[]): readonly string[] {
  const needed = written.map((column) => ({ ...column, required: true }));
  return compareSchema(description, needed).differences;
}

/** What a person must fix before hits can become rows; empty where nothing is known. A table that does not
 *  exist is no problem: the first hit makes it.
 *  @throws warehouse_down: nothing is known then */
export async function checkDestination(
  warehouse: Pick<Warehouse, "describe">,
  table: TableRef,
  columns: readonly Column[],
): Promise<Problem[]> {
  let description: TableDescription | undefined;
  try {
    description = await warehouse.describe(table);
  } catch (error) {
    if (isProblem(error, datasetMissing, tableForbidden)) return [error];
    throw error;
  }
  if (description === undefined) return [];
  const { differences } = compareSchema(description, columns);
  return differences.length === 0
    ? []
    : [
        schemaDiffers({
          table: tableName(table),
          differences: differences.join("; "),
        }),
      ];
}

import { asProblem, asRead, isProblem } from "../problem.ts";
import {
  datasetMissing,
  daySpent,
  overloaded,
  queryRefused,
  schemaDiffers,
  tableMissing,
  warehouseDown,
} from "../problems.ts";
import { tableName, type TableRef } from "../table.ts";
import {
  type ColumnType,
  type UnionOptions,
  type UnionRows,
  type UnionSelection,
  unionMax,
  type Warehouse,
} from "../warehouse.ts";
import { inParallel } from "../within.ts";
import { rowColumns } from "./row.ts";

/** One question to the tables of many streams: fifty of them by one statement. A statement for each would
 *  take seconds where streams are many, and most of that before it reads a row. */

export type Sought = Pick<UnionSelection, "columns" | "where" | "holding" | "orderBy" | "limit" | "eachMax">;

export interface Across {
  readonly rows: readonly { readonly table: TableRef; readonly row: UnionRows["rows"][number]["row"] }[];
  /** Its size or `limit` has cut what one of the statements found. */
  readonly isCut: boolean;
  /** Those that were searched, by name, in order. */
  readonly tables: readonly string[];
  /** Those that could not be, and why. */
  readonly skipped: readonly { readonly table: string; readonly why: string }[];
}

const looksAtOnce = 16;
const statementsAtOnce = 4;
const types: Record<string, ColumnType> = Object.fromEntries(
  rowColumns.map(({ name, type }) => [name, type]),
);

type Part = UnionSelection["from"][number];

/** Tables that could not be searched. One sick table hides no answer of the others: it is named with what
 *  ails it. Of one that is not there yet there is nothing to say: its first hit makes it. */
export function createSkips() {
  const skipped: { table: string; why: string }[] = [];

  /** @returns what such a table holds: nothing
   *  @throws warehouse_down, overloaded: a sentence that says "not found" must not rest on a warehouse that
   *  did not answer */
  function skip(table: TableRef, error: unknown): [] {
    if (isProblem(error, warehouseDown, overloaded)) throw error;
    if (!isProblem(error, tableMissing, datasetMissing))
      skipped.push({ table: tableName(table), why: asProblem(asRead(error)).message });
    return [];
  }
  return { skipped, skip };
}

/** @throws warehouse_down, overloaded */
export async function searchAcross(
  warehouse: Pick<Warehouse, "describe" | "selectUnion">,
  tables: readonly TableRef[],
  sought: Sought,
  options: UnionOptions,
): Promise<Across> {
  const rows: Across["rows"][number][] = [];
  const searched: string[] = [];
  const { skipped, skip } = createSkips();
  let isCut = false;

  async function ask(parts: readonly Part[]): Promise<void> {
    if (options.signal?.aborted === true)
      throw queryRefused({ why: "Nobody waits for the search any more.", advice: "Ask again." });
    try {
      const found = await warehouse.selectUnion({ ...sought, from: parts, types }, options);
      rows.push(...found.rows.map(({ from, row }) => ({ table: parts[from]!.table, row })));
      isCut ||= found.truncated || found.rows.length >= sought.limit;
      searched.push(...parts.map(({ table }) => tableName(table)));
    } catch (error) {
      // What is over for one statement of the day is over for smaller ones.
      if (parts.length === 1 || isProblem(error, daySpent)) for (const { table } of parts) skip(table, error);
      else if (isProblem(error, warehouseDown, overloaded)) throw error;
      else {
        // One of them is at fault: the half that it is not in answers.
        const middle = Math.ceil(parts.length / 2);
        await ask(parts.slice(0, middle));
        await ask(parts.slice(middle));
      }
    }
  }

  const there = await inParallel(tables, looksAtOnce, (table) =>
    lookAt(warehouse, table, sought).catch((error: unknown) => skip(table, error)),
  );
  const parts = there.flat();
  const statements = Array.from({ length: Math.ceil(parts.length / unionMax) }, (_, index) =>
    parts.slice(index * unionMax, (index + 1) * unionMax),
  );
  await inParallel(statements, statementsAtOnce, ask);
  skipped.sort((a, b) => (a.table < b.table ? -1 : 1));
  return { rows, isCut, tables: searched.sort(), skipped };
}

/** What the table has of the columns that are sought. @throws table_missing, schema_differs and what a look
 *  throws */
async function lookAt(
  warehouse: Pick<Warehouse, "describe">,
  table: TableRef,
  { columns, where = [], holding }: Sought,
): Promise<Part[]> {
  const found = await warehouse.describe(table);
  if (found === undefined) throw tableMissing({ table: tableName(table) });
  const there = new Map(found.columns.map(({ name, type }) => [name.toLowerCase(), type]));
  const needed = where.map(({ column }) => column);
  const named = new Set([...columns, ...needed, ...(holding?.columns ?? [])]);
  // Where nothing is told of its columns, as of some views, the statement itself shows them.
  const has = [...named].filter((name) => there.size === 0 || there.get(name) === types[name]);
  const lacks = needed.find((name) => !has.includes(name));
  if (lacks === undefined) return [{ table, has }];
  const type = there.get(lacks);
  const differences =
    type === undefined
      ? `it has no column ${lacks}`
      : `the column ${lacks} is ${type}, ${types[lacks]} is needed`;
  throw schemaDiffers({ table: tableName(table), differences });
}

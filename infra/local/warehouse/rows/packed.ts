import type { Row, Value } from "../../../../functions/warehouse.ts";

/** Rows on their way to the warehouse's process, column by column. A message costs by the value, and most
 *  columns of a batch hold one value over and over: stream, day, Content-Type, what is absent. */
export interface PackedRows {
  readonly count: number;
  /** Characters and bytes of all values, roughly. */
  readonly bytes: number;
  readonly columns: readonly PackedColumn[];
}

export type PackedColumn = { readonly same: Value } | { readonly values: readonly Value[] };

/** @param width how many columns; every row has so many values */
export function packRows(rows: readonly Row[], width: number): PackedRows {
  let bytes = 0;
  const columns = Array.from({ length: width }, (_, column): PackedColumn => {
    const first = rows[0]![column]!;
    const size = sizeOf(first);
    if (rows.every((row) => row[column] === first)) {
      bytes += size * rows.length;
      return { same: own(first) };
    }
    const values = rows.map((row) => {
      const value = row[column]!;
      bytes += sizeOf(value);
      return own(value);
    });
    return { values };
  });
  return { count: rows.length, bytes, columns };
}

export function valueAt(column: PackedColumn, index: number): Value {
  return "values" in column ? column.values[index]! : column.same;
}

/** The rows from `from` to before `to`. */
export function sliceRows(rows: PackedRows, from: number, to: number): PackedRows {
  const columns = rows.columns.map((column) =>
    "values" in column ? { values: column.values.slice(from, to) } : column,
  );
  return { ...rows, count: to - from, columns };
}

function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  return value instanceof Uint8Array ? value.byteLength : 8;
}

/** A message copies the whole buffer behind a view, and a small body may look into a large one. */
function own(value: Value): Value {
  return value instanceof Uint8Array && value.byteLength < value.buffer.byteLength
    ? new Uint8Array(value)
    : value;
}

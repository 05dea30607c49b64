import type { Cells } from "./fields/row.ts";
import type { Columns } from "./columns.ts";
import type { Fault } from "./rejects.ts";

/** The rows of a file, whatever kind it is, read as often as it takes. */
export interface Table {
  readonly columns: Columns;
  /** Whether values are written by somebody, in a format that has to be found. */
  readonly valuesAreText: boolean;
  /** @throws what only reading tells: quote_not_closed, parquet_damaged, … */
  read(listener: TableListener): Promise<void>;
}

/** What hears a table: the rows in order, without the header, blank lines and rows of empty cells. */
export interface TableListener {
  /** @param cells the listener's until it returns, as is the place
   *  @param brokenId a reference_id that is no text at all */
  row(cells: Cells, place: Place, brokenId?: Fault): void;
  /** The row's cells cannot be told apart. */
  bad(fault: Fault, place: Place): void;
  blankRow(): void;
  /** Some rows were read: time to hand them on. */
  pause(): Promise<void> | void;
}

/** Where a row stands in its file. */
export interface Place {
  /** In a sentence: `line 3`. */
  says(): string;
  where(): Where;
}

export interface Where {
  /** Physical lines, from 1; not in Parquet. */
  readonly line_first?: number;
  readonly line_last?: number;
  /** In Parquet, both from 1. */
  readonly row_group?: number;
  readonly row_in_group?: number;
  /** The record as it stands, cut. */
  readonly raw?: string;
}

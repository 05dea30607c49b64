/** A cell of a shape: a path into the payload, or `=text`; SQL once it is written. */
export interface CellSpec {
  readonly says: string;
  /** Without it there is no row of this shape. */
  readonly required?: true;
  /** What the stream itself may say of it. */
  readonly usual?: "key" | "updated";
  /** What it is where nobody says. */
  readonly constant?: string;
}

/** The cells that are there, as names of columns: texts, NULL where the payload lacks them. */
export type Cells = Readonly<Record<string, string>>;

export interface ShapeColumn {
  readonly name: string;
  readonly sql: string;
  /** A row without it is left out: its consumer refuses it. */
  readonly isRequired?: true;
}

export interface Shape {
  readonly name: string;
  readonly about: string;
  /** Where its consumer says what it takes. */
  readonly source: string;
  readonly cells: Readonly<Record<string, CellSpec>>;
  /** Of these one has to be there. */
  readonly oneOf?: readonly string[];
  /** The cell that says when it happened. */
  readonly time: string;
  /** Of each hit, and not of each record's latest state. */
  readonly isOfHits?: true;
  /** What is made of cells before the columns are: SQL by the name that they know it by. */
  prepared?(cells: Cells): Readonly<Record<string, string>>;
  /** One SELECT's columns, or several SELECTs' that are put together; `happened_at` is an instant. */
  columns(cells: Cells): readonly (readonly ShapeColumn[])[];
}

/** Those of optional cells that are there. */
export function when(
  cell: string | undefined,
  name: string,
  sql: (cell: string) => string = (same) => same,
): ShapeColumn[] {
  return cell === undefined ? [] : [{ name, sql: sql(cell) }];
}

import type { Dialect } from "./dialect.ts";
import type { TableRef } from "./table.ts";

/** Where rows end up. Drivers: BigQuery (infra/google), DuckDB (infra/local).
 *  Every method throws Problems only: warehouse_down (try again later), dataset_missing, table_missing,
 *  table_forbidden, and what is named beside it. */
export interface Warehouse {
  /** The table as it stands; undefined where there is none. @throws dataset_missing */
  describe(table: TableRef): Promise<TableDescription | undefined>;
  /** All tables that carry our label, where that is known without asking each dataset. */
  ownTables?(): Promise<TableRef[]>;
  /** A person's act, never deliver's. Does nothing where the dataset exists. */
  createDataset(table: TableRef): Promise<void>;
  /** Makes the table, labelled as ours. Does nothing where it exists. @throws dataset_missing */
  createTable(table: TableRef, spec: TableSpec): Promise<void>;
  /** Adds nullable columns that are missing; leaves the others as they are. */
  addColumns(table: TableRef, columns: readonly Column[]): Promise<void>;
  /** Makes the view, or replaces it where its definition differs. Never touches a table of that name.
   *  @throws schema_differs when something else has the name */
  putView(view: TableRef, definition: View): Promise<void>;
  /** Adds all rows or none; resolves once they are durable. Repeats are allowed after a failure: where the
   *  deadline passes, the rows may be there all the same, unless the driver waits for what it has begun.
   *  @param columns what is written; every row is an array in their order
   *  @throws row_refused naming the rows at fault (none was written), table_missing, schema_differs */
  append(
    table: TableRef,
    columns: readonly Column[],
    rows: readonly Row[],
    options: { deadlineMs: number },
  ): Promise<void>;
  /** Rows of one table or view that match, all of them.
   *  @throws table_missing, dataset_missing; query_refused where they are too large for one answer */
  select(selection: Selection): Promise<Record<string, Value>[]>;
  /** Of these rows the first ones, as many as one answer holds. */
  selectSome(selection: Selection): Promise<SomeRows>;
  /** Rows of many tables by one statement, in order and cut as a whole. What is wrong with one of the tables
   *  fails it for all: whoever asked asks for fewer then. @throws as `selectSome` */
  selectUnion(selection: UnionSelection, options?: UnionOptions): Promise<UnionRows>;
  /** Files that statements of ours may read as tables; absent where no folder of them is named. */
  readonly files?: WarehouseFiles;
  /** Takes rows in bulk for a table of ours that `write` changes soon after: what `append` wrote may stay as
   *  it is for half an hour.
   *  @param options.id of this load alone; letters, digits and `_ . -`. Whatever the driver has to ask twice
   *  is done once by it
   *  @param options.deadlineMs of one `add`, and of `end` */
  openLoad(table: TableRef, columns: readonly Column[], options: { id: string; deadlineMs: number }): Load;
  /** How it writes what the two grounds write differently, for statements and views of ours. */
  readonly sql: Dialect;
  /** Has statements of ours write to tables of ours: all of them or none. Nothing that a person wrote is one
   *  of them, but as a text or a name by `sql`. After a failure they may have been done all the same.
   *  @param options.once where they may be asked for again after a failure: what was begun under its id is
   *  waited for, and what is done is not done again, where the warehouse knows it
   *  @throws statement_refused where no repeat would help: it, or a row that it reads, is at fault */
  write(statements: readonly string[], options: WriteOptions): Promise<void>;
  /** Makes the table of what a SELECT of ours gives, labelled as ours, or puts that in the place of all that
   *  it holds, its columns too: whoever reads sees the one or the other. Nothing is appended to such a
   *  table.
   *  @throws schema_differs where a view or a table that is not ours has the name; else as `write` */
  replaceTable(table: TableRef, replacement: Replacement, options: WriteOptions): Promise<void>;
  /** Whether more than this table of somebody else's is open to us, as far as it can be seen; absent where
   *  nobody grants anything. */
  seesBeside?(table: TableRef): Promise<boolean>;
  /** The rows of one SELECT of ours, of columns that are texts, as they stand at one instant: CSV in UTF-8
   *  with a header, in which NULL is an empty cell.
   *  @param options.deadlineMs until the first of it is there
   *  @throws statement_refused, also while it is read */
  extract(sql: string, options: { deadlineMs: number }): Promise<AsyncIterable<Uint8Array>>;
  /** One read-only SELECT of a person.
   *  @param options.deadlineMs counted from when it begins; waiting for its turn has a bound of its own
   *  @throws query_refused; warehouse_busy where its turn did not come */
  query(sql: string, options: QueryOptions): Promise<QueryResult>;
  close(): Promise<void>;
}

/** CSV (all columns are text) and Parquet, in one folder. Patterns are relative to it: `leads/*.parquet`. */
export interface WarehouseFiles {
  /** Undefined where the pattern names no file.
   *  @throws warehouse_down, also where a file cannot be read: the sentence says why */
  describe(pattern: string): Promise<TableDescription["columns"] | undefined>;
  /** What stands behind FROM. */
  sql(pattern: string): string;
}

/** Rows on their way. Dropped at any time: then some of them may be there, or none. */
export interface Load {
  /** One after the other; every row is an array in the order of the columns.
   *  @throws as `append`; statement_refused where rows are refused that are not named */
  add(rows: readonly Row[]): Promise<void>;
  /** Resolves once all rows are durable. @throws as `add` */
  end(): Promise<void>;
}

export interface WriteOptions {
  readonly deadlineMs: number;
  /** The id of these statements alone, as of `openLoad`, and a table that they write to. */
  readonly once?: { readonly id: string; readonly table: TableRef };
}

export interface Replacement {
  /** A SELECT; its columns are the table's. */
  readonly select: string;
  readonly description: string;
  /** A DATE column; the table has no partitions where left out. */
  readonly partitionBy?: string;
}

/** How values travel: DATE as `YYYY-MM-DD`, INT64 as a safe integer, NUMERIC as the text of a decimal, JSON
 *  as its text, a list as the JSON text of an array, BYTES as bytes. */
export type Value = string | number | boolean | Uint8Array | null;
export type Row = readonly Value[];

/** NUMERIC has 29 digits before its mark and nine behind it. */
export type ColumnType =
  "STRING" | "INT64" | "DATE" | "JSON" | "BYTES" | "BOOL" | "NUMERIC" | "ARRAY<STRING>";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly required?: boolean;
  readonly description: string;
}

export interface TableSpec {
  readonly description: string;
  readonly columns: readonly Column[];
  /** A DATE column. */
  readonly partitionBy: string;
  readonly clusterBy: readonly string[];
}

export interface TableDescription {
  readonly kind: "table" | "view" | "other";
  /** Whether the table carries our label: then it may be given missing columns. */
  readonly ours: boolean;
  /** `type` in the words of ColumnType, or the warehouse's own word for another one. */
  readonly columns: readonly {
    name: string;
    type: string;
    required: boolean;
  }[];
}

/** What a view shows; each driver writes it in its own SQL. */
export type View =
  /** One row per `date, hit_id`, the earliest received, without tests. */
  | { readonly kind: "unique"; readonly of: TableRef }
  /** The items of a batch, one row each: hit_id, item_number (from 0), received_at, date, item, headers,
   *  stream_ref. A hit without a list is one row whose item is NULL; repeats and tests are left out. */
  | { readonly kind: "items"; readonly of: TableRef; readonly items: string }
  /** The latest state of each record: of its hits, or of its items. Without tests. */
  | ({ readonly kind: "current"; readonly of: TableRef } & Records)
  /** What a SELECT of ours says, in the warehouse's own SQL. */
  | { readonly kind: "written"; readonly sql: string; readonly about: string }
  /** One row a dead letter (hit_id) with its latest attempt and its `state`; see dead-letter.ts. */
  | {
      readonly kind: "dead_letter_states";
      readonly letters: TableRef;
      readonly events: TableRef;
    };

/** How the records of a table are named and ordered. Paths are those of streams/path.ts. */
export interface Records {
  /** What names a record; where a part is missing, empty or holds U+FFFD, the row stands for itself. */
  readonly key: string | readonly string[];
  /** What orders its versions by time, else received_at; then received_at, hit_id, item_number. */
  readonly updated?: string;
  readonly items?: string;
  /** The zone of times that name none: of the owner of the views, UTC where left out. */
  readonly offset?: string;
  /** Of other streams that write to the table, by stream_ref. */
  readonly offsets?: Readonly<Record<string, string>>;
}

export type Condition =
  | {
      readonly column: string;
      readonly is: "=" | ">=" | "<=";
      readonly value: string | number | boolean;
    }
  /** Equal to one of them: 1 to `inValuesMax` values. */
  | {
      readonly column: string;
      readonly is: "in";
      readonly value: readonly (string | number)[];
    };

/** Over all conditions of a selection, BigQuery takes 10,000 parameters. Source:
 *  https://cloud.google.com/bigquery/quotas */
export const inValuesMax = 1_000;

export interface Selection {
  readonly from: TableRef;
  /** All columns where left out. */
  readonly columns?: readonly string[];
  /** Sums in the place of rows: one row for each set of values of `columns`, and these beside them, each
   *  under its name. Orders name columns alone. */
  readonly measures?: Readonly<Record<string, Measure>>;
  /** All must hold. */
  readonly where?: readonly Condition[];
  /** One of these columns, of texts and of JSON, holds the text somewhere; capital letters are
   *  others than small ones. */
  readonly holding?: { readonly columns: readonly string[]; readonly text: string };
  readonly orderBy?: readonly {
    readonly column: string;
    readonly descending?: boolean;
  }[];
  readonly limit: number;
  readonly offset?: number;
}

/** Of the rows in which the column is not NULL; a sum and a maximum of none are NULL. */
export type Measure =
  { readonly is: "count" } | { readonly is: "sum" | "max" | "distinct"; readonly column: string };

/** The same question to many tables that have columns of one kind. */
export interface UnionSelection extends Pick<Selection, "where" | "holding" | "orderBy" | "limit"> {
  /** 1 to `unionMax` tables, and what each has of the columns that are named here. What it lacks is NULL;
   *  `where` names what all of them have, `orderBy` some of `columns`. */
  readonly from: readonly { readonly table: TableRef; readonly has: readonly string[] }[];
  readonly columns: readonly string[];
  /** Of all columns that are named. */
  readonly types: Readonly<Record<string, ColumnType>>;
  /** So many rows of each table at most, whichever they are. */
  readonly eachMax?: number;
}

/** BigQuery takes 1,000 tables in a statement, and tells of 50 what reading them would cost. Source:
 *  https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2 */
export const unionMax = 50;

export interface UnionOptions {
  /** A person asked for it, and what it costs is bounded, as of `selectSome`; otherwise it is the
   *  product's. */
  readonly isPersons?: boolean;
  /** Aborted when nobody waits for the rows any more. */
  readonly signal?: AbortSignal;
}

export interface UnionRows {
  /** `from`: the place of its table in the selection. */
  readonly rows: readonly { readonly from: number; readonly row: Record<string, Value> }[];
  /** Whether their size cut them. */
  readonly truncated: boolean;
}

export interface SomeRows {
  readonly rows: Record<string, Value>[];
  /** Whether their size cut them. */
  readonly truncated: boolean;
}

export interface QueryOptions {
  readonly rowsMax: number;
  readonly deadlineMs: number;
  /** Aborted when nobody waits for the result any more: the statement is ended, or leaves the line. */
  readonly signal?: AbortSignal;
}

/** Values as JSON holds them: integers past 2^53 and decimals as texts, times as ISO
 *  8601, bytes as base64. */
export interface QueryResult {
  readonly columns: readonly { name: string; type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** Whether rowsMax cut the result. */
  readonly truncated: boolean;
}

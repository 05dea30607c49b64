import type { StoredFile } from "./files.ts";

/** Reads Parquet files. Driver: hyparquet (infra/parquet).
 *  @throws the file faults parquet_damaged, parquet_encrypted, parquet_codec,
 *  unpacked_too_large; also while it is read */
export type OpenParquet = (file: StoredFile, limits: { unpackedBytesMax: number }) => Promise<ParquetTable>;

export interface ParquetTable {
  /** The outermost columns, in the order of the file. */
  readonly columns: readonly ParquetColumn[];
  /** How many rows each row group has. */
  readonly groups: readonly number[];
  /** The rows in order, some at a time, none of two groups at once.
   *  @param columns by their places */
  read(columns: readonly number[]): AsyncIterable<ParquetRows>;
}

export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetType;
}

/** `timestamp` is a time of day without a zone, `instant` one that is the same everywhere; `decimal` has a
 *  scale above 0; `nested` is a struct, a map, or a list of something else; `null` holds nothing at all. */
export type ParquetType =
  | "text"
  | "list"
  | "date"
  | "timestamp"
  | "instant"
  | "integer"
  | "decimal"
  | "float"
  | "boolean"
  | "uuid"
  | "null"
  | "nested"
  | "other";

export interface ParquetRows {
  /** From 0. */
  readonly group: number;
  /** The first of these rows in its group, from 0. */
  readonly from: number;
  readonly count: number;
  /** A list of cells for each column that was asked for. */
  readonly cells: readonly (readonly ParquetCell[])[];
}

/** As text, in the way that keeps it exact: dates as YYYY-MM-DD, times as YYYY-MM-DDTHH:MM:SS…, instants with
 *  a Z behind it, numbers as their shortest decimal. Bytes where text is no UTF-8. Null for no value. */
export type ParquetCell = string | Uint8Array | readonly (string | Uint8Array | null)[] | null;

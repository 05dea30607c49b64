/** What only a machine of one's own offers beside the warehouse: whole files. In the cloud the warehouse has
 *  its own exports and snapshots, and this port is absent there. Driver: DuckDB (infra/local). */
export interface Snapshots {
  /** The result of one read-only SELECT as one file, chunk by chunk. It is complete when the iteration ends;
   *  leaving the iteration early drops the file.
   *  @param sql in the warehouse's own SQL; names may stand in double quotes
   *  @param options.signal aborted when nobody waits for it any more: the statement is
   *  ended, or leaves the line
   *  @throws query_refused, warehouse_busy, warehouse_down */
  export(
    sql: string,
    format: ExportFormat,
    options?: { signal?: AbortSignal },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** A consistent copy of everything that is stored: queue, registry and warehouse, while they run.
   *  @param directory absolute; empty, or not there yet (its parent is)
   *  @throws backup_refused, warehouse_down */
  backup(directory: string): Promise<Backup>;
  /** Reads every byte that has a checksum, and compares the files with each other, while they are in use.
   *  @returns what is wrong, a sentence each
   *  @throws warehouse_down */
  check(): Promise<string[]>;
}

/** `csv` is exact, and what an answer has in CSV; `excel` is CSV for people. See csv.ts. */
export type ExportFormat = "parquet" | "csv" | "excel";

export interface Backup {
  /** Names relative to the directory. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

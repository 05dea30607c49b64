import type { Stream } from "../stream.ts";
import type { Warehouse } from "../../warehouse.ts";
import { type Against, reconcileSql } from "./sql.ts";

export interface Reconciled {
  /** Of the table: each once. */
  readonly records: number;
  readonly missing: number;
  readonly older: number;
  readonly differs: number;
  readonly ahead: number;
  /** Those that are wrong, the oldest first. */
  readonly rows: readonly ReconciledRow[];
  readonly sql: string;
}

interface ReconciledRow {
  readonly key: string;
  readonly kind: string;
  /** When the table's state is of: since then the stream's is wrong. */
  readonly since: string | null;
  /** Of which time the stream's state is. */
  readonly came_at: string | null;
}

/** Which records of a table never came by webhook, and which came in another state than it has.
 *  @throws request_refused, and what a person's query throws */
export async function reconcile(
  warehouse: Pick<Warehouse, "query">,
  stream: Stream,
  against: Against,
  { limit, deadlineMs, signal }: { limit: number; deadlineMs: number; signal?: AbortSignal },
): Promise<Reconciled> {
  const sql = reconcileSql(stream, against);
  const options = { deadlineMs, ...(signal !== undefined && { signal }) };
  const counts = await warehouse.query(sql.counts, { ...options, rowsMax: 1 });
  const [records, missing, older, differs, ahead] = (counts.rows[0] ?? []).map((count) => Number(count ?? 0));
  const found = await warehouse.query(sql.rows, { ...options, rowsMax: limit });
  const textOf = (value: unknown) => (typeof value === "string" ? value : null);
  return {
    records: records ?? 0,
    missing: missing ?? 0,
    older: older ?? 0,
    differs: differs ?? 0,
    ahead: ahead ?? 0,
    rows: found.rows.map(([key, kind, since, came_at]) => ({
      key: String(key),
      kind: String(kind),
      since: textOf(since),
      came_at: textOf(came_at),
    })),
    sql: sql.rows,
  };
}

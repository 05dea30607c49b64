import { streamRef } from "../stream-ref.ts";
import type { Stream } from "../streams/stream.ts";
import type { Value, Warehouse } from "../warehouse.ts";

/** The newest rows of a stream: whether its data arrives. Tests are told apart, repeats count once. */
export interface Recent {
  /** Unix ms; undefined where none came since `since`. */
  readonly lastAt: number | undefined;
  readonly lastTestAt: number | undefined;
  /** Hits of today at the stream's offset; with `isMore` there are more than that. */
  readonly today: number;
  readonly isMore: boolean;
  /** On how many days hits came, of those that were looked at. */
  readonly days: number;
  /** `YYYY-MM-DD`: rows of earlier days were not looked at. */
  readonly since: string;
}

const lookedRowsMax = 1_000;
const lookedDays = 7;
const dayMs = 86_400_000;
const columns = ["hit_id", "received_at", "date", "is_test"];

/** Reads the newest 1,000 rows of the last 7 days, and of them what is small: that is all it costs, however
 *  large the table is. A table that is not there yet has none.
 *  @throws dataset_missing, table_forbidden, warehouse_down */
export async function recentHits(
  warehouse: Pick<Warehouse, "describe" | "selectSome">,
  stream: Stream,
  now: number,
): Promise<Recent> {
  // A day more than it is at the stream's offset.
  const since = new Date(now - lookedDays * dayMs).toISOString().slice(0, 10);
  const table = await warehouse.describe(stream.table);
  if (table === undefined) return { ...nothing, since };
  const there = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  const { rows, truncated } = await warehouse.selectSome({
    from: stream.table,
    columns: columns.filter((name) => there.has(name)),
    where: [
      { column: "date", is: ">=", value: since },
      ...(there.has("stream_ref")
        ? [{ column: "stream_ref", is: "=" as const, value: streamRef(stream.id) }]
        : []),
    ],
    orderBy: [{ column: "received_at", descending: true }],
    limit: lookedRowsMax,
  });
  return { ...counted(rows, stream.calendar(now), truncated), since };
}

const nothing = { lastAt: undefined, lastTestAt: undefined, today: 0, isMore: false, days: 0 };

function counted(rows: readonly Record<string, Value>[], today: string, truncated: boolean) {
  const isTest = (row: Record<string, Value>) => row["is_test"] === true;
  const at = (row: Record<string, Value> | undefined) => row && Number(row["received_at"]);
  const isToday = (row: Record<string, Value>) => row["date"] === today;
  const real = rows.filter((row) => !isTest(row));
  return {
    lastAt: at(real[0]),
    lastTestAt: at(rows.find(isTest)),
    today: new Set(real.filter(isToday).map((row) => row["hit_id"])).size,
    days: new Set(real.map((row) => row["date"])).size,
    isMore: (truncated || rows.length === lookedRowsMax) && rows.every(isToday),
  };
}

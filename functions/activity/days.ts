import { isProblem } from "../problem.ts";
import { datasetMissing, tableMissing } from "../problems.ts";
import { utcDay } from "../streams/calendar.ts";
import type { Reading } from "../streams/reading.ts";
import type { Selection, Value, Warehouse } from "../warehouse.ts";
import { activityDaysTable } from "./tables.ts";

/** What the readers and the nightly check know of days. */

export interface ActivityPorts {
  readonly warehouse: Warehouse;
  readonly productDataset: string;
  /** Unix ms. */
  readonly now: () => number;
}

const dayMs = 86_400_000;

/** The day of a moment as the stream counts days; in UTC where its document cannot tell. */
export function dayOf({ lookup }: Reading, ms: number): string {
  return (lookup.kind === "valid" ? lookup.stream.calendar : utcDay)(ms);
}

/** @param days how many later, or earlier */
export function dayAfter(date: string, days: number): string {
  return utcDay(Date.parse(`${date}T00:00:00Z`) + days * dayMs);
}

export type Found = Readonly<Record<string, Value>>;

/** Rows of a table that is made with its first row: none before. @throws warehouse_down, table_forbidden */
export async function selectMade(
  warehouse: Pick<Warehouse, "select">,
  selection: Selection,
): Promise<readonly Found[]> {
  try {
    return await warehouse.select(selection);
  } catch (error) {
    if (isProblem(error, tableMissing, datasetMissing)) return [];
    throw error;
  }
}

/** Streams are as many as a registry lists, days a few weeks, rows of a day repeated now and then. */
export const rowsMax = 1_000_000;

/** All of a day that anybody reads; what is not named costs nothing. */
const dayColumns = "stream_ref date hits rows counted tests dead_letters refused last_at at".split(" ");

/** The days that are written, from `since` on: of each stream and day the latest row, by `dayKey`.
 *  @param refs as of `only` */
export async function writtenDays(
  { warehouse, productDataset }: Omit<ActivityPorts, "now">,
  since: string,
  refs: readonly string[] | undefined,
): Promise<Map<string, Found>> {
  const found = await selectMade(warehouse, {
    from: activityDaysTable(productDataset),
    columns: dayColumns,
    where: [{ column: "date", is: ">=", value: since }, ...only(refs)],
    limit: rowsMax,
  });
  const latest = new Map<string, Found>();
  for (const row of found) {
    const key = dayKey(row["stream_ref"], row["date"]);
    const before = latest.get(key);
    if (before === undefined || Number(row["at"]) > Number(before["at"])) latest.set(key, row);
  }
  return latest;
}

export function dayKey(streamRef: unknown, date: unknown): string {
  return `${String(streamRef)} ${String(date)}`;
}

/** More streams than on a page of a list are nearly all there are, and then naming them spares nothing. */
const namedMax = 100;

/** The condition that names these streams; none where all are meant.
 *  @param refs undefined: all */
export function only(refs: readonly string[] | undefined): NonNullable<Selection["where"]> {
  if (refs === undefined || refs.length > namedMax) return [];
  return [{ column: "stream_ref", is: "in", value: refs }];
}

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

/** The days that are written, from `since` on: of each stream and day the latest row, by `dayKey`. */
export async function writtenDays(
  { warehouse, productDataset }: Omit<ActivityPorts, "now">,
  since: string,
  streamRef?: string,
): Promise<Map<string, Found>> {
  const found = await selectMade(warehouse, {
    from: activityDaysTable(productDataset),
    where: [{ column: "date", is: ">=", value: since }, ...only(streamRef)],
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

/** The condition that names one stream; none where all are meant. */
export function only(streamRef: string | undefined): NonNullable<Selection["where"]> {
  return streamRef === undefined ? [] : [{ column: "stream_ref", is: "=", value: streamRef }];
}

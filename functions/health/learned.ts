import { type Clock, hourMs } from "./clock.ts";

/** What is kept of a day of a stream, once it is over: enough to know what is usual. */
export interface LearnedDay {
  /** Days since 1970, at the place. */
  readonly day: number;
  /** Hits by the hour of the clock, 24 of them. */
  readonly hits: readonly number[];
  /** Minutes in which something came. */
  readonly active: number;
  /** Times of at least `longMs` without a hit that ended on this day, Unix ms. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Unix ms: the last hit of this day or of one before; absent where there was none yet. */
  readonly last?: number;
}

/** Shorter ones decide nothing: whatever is silent for less than an hour is not silent. */
const longMs = hourMs / 2;

/** A minute in which something came, or several of them as one. */
export interface Counted {
  /** Unix ms: when it began. */
  readonly minute: number;
  readonly hits: number;
  /** Unix ms: of the last one. */
  readonly lastAt: number;
  /** How many minutes it stands for. */
  readonly minutes: number;
}

/** @param rows of this day, in the order of their minutes
 *  @param lastBefore the last hit before this day */
export function learnDay(
  clock: Clock,
  day: number,
  rows: readonly Counted[],
  lastBefore: number | undefined,
): LearnedDay {
  const hits = Array.from({ length: 24 }, () => 0);
  const gaps: { from: number; to: number }[] = [];
  let last = lastBefore;
  let active = 0;
  for (const row of rows) {
    hits[clock(row.minute).hour]! += row.hits;
    active += row.minutes;
    if (last !== undefined && row.minute - last >= longMs) gaps.push({ from: last, to: row.minute });
    last = Math.max(last ?? 0, row.lastAt);
  }
  return { day, hits, active, gaps, ...(last !== undefined && { last }) };
}

import { daysBefore } from "../../import/fields/date.ts";
import { calendarOf } from "../../streams/calendar.ts";
import type { Feed } from "../registered/feeds.ts";
import { whole, type FetchState, type Part } from "./state.ts";

/** After a failure it is tried again through the day; the last pause repeats. */
const minuteMs = 60_000;
const pausesMs = [5 * minuteMs, 15 * minuteMs, 30 * minuteMs, 60 * minuteMs];
/** A day that was never fetched well is tried for so long. */
const missedDaysMax = 30;

export function today({ zone }: Pick<Feed, "zone">, now: number): string {
  return calendarOf(zone)!(now);
}

/** The parts that are fetched on a day of the zone, the newest day first. */
export function partsOf(feed: Feed, state: FetchState, now: number): string[] {
  if (!feed.partitioned) return [whole];
  const day = today(feed, now);
  const again = Array.from({ length: feed.days }, (_, index) => daysBefore(day, index + 1));
  // A server that was away for a week has left days without rows.
  const { since } = state;
  const missed = Array.from({ length: missedDaysMax }, (_, index) => daysBefore(day, index + 1))
    .slice(feed.days)
    .filter((one) => since !== undefined && one >= since && state.parts[one]?.taken_on === undefined);
  return [...again, ...missed];
}

/** The part that is to be fetched now: what a person asked for comes first. */
export function duePart(feed: Feed, state: FetchState, now: number): string | undefined {
  const asked = state.asked?.find((part) => isPart(feed, part));
  if (asked !== undefined) return asked;
  const day = today(feed, now);
  const isDue = ({ taken_on, next_at = 0 }: Part = {}) => taken_on !== day && next_at <= now;
  return partsOf(feed, state, now).find((part) => isDue(state.parts[part]));
}

/** Whether it is one of this feed: a document may be changed by hand. */
function isPart({ partitioned }: Feed, part: string): boolean {
  return partitioned ? part !== whole : part === whole;
}

export function pauseMs(tries: number): number {
  return pausesMs[Math.min(tries, pausesMs.length) - 1]!;
}

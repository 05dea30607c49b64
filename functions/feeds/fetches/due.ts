import { daysBefore } from "../../import/fields/date.ts";
import { calendarOf } from "../../streams/calendar.ts";
import type { Feed } from "../registered/feeds.ts";
import { whole, type FetchState, type Part } from "./state.ts";

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

/** The part that is to be fetched now: what a person asked for comes first. Asking clears the pause of a
 *  part: one that is there is of a try since then, which was killed. */
export function duePart(feed: Feed, state: FetchState, now: number): string | undefined {
  const isOver = ({ next_at = 0 }: Part = {}) => next_at <= now;
  const asked = state.asked?.find((part) => isPart(feed, part) && isOver(state.parts[part]));
  if (asked !== undefined) return asked;
  const day = today(feed, now);
  return partsOf(feed, state, now).find((part) => {
    const is = state.parts[part];
    return is?.taken_on !== day && isOver(is);
  });
}

/** Whether it is one of this feed: a document may be changed by hand. */
function isPart({ partitioned }: Feed, part: string): boolean {
  return partitioned ? part !== whole : part === whole;
}

import { feedNotWaiting, feedRefused } from "../../problems.ts";
import { record, type AuditPorts } from "../../people/audit.ts";
import type { Who } from "../../people/who.ts";
import { isDay } from "../../streams/calendar.ts";
import type { Feed } from "../registered/feeds.ts";
import { partsOf, today } from "./due.ts";
import { changeState, whole, type FetchState } from "./state.ts";

/** What people ask of a feed's fetches. */

export type AskPorts = AuditPorts & {
  /** Has what is asked for done, soon. Awaited, for a ground that sleeps between requests. */
  readonly feedAsked: () => unknown;
};

/** Fetches it now: of a feed with days the day that is named, or the last ones.
 *  @returns the parts
 *  @throws feed_refused, documents_down */
export async function askNow(
  ports: AskPorts,
  who: Who,
  feed: Feed,
  day: string | undefined,
): Promise<readonly string[]> {
  if (day !== undefined && !feed.partitioned)
    throw feedRefused({ problems: ["a day is named, and the feed has no days"] });
  if (day !== undefined && (!isDay(day) || day >= today(feed, ports.now())))
    throw feedRefused({
      problems: [`day is ${JSON.stringify(day)}; allowed is a day that is over, YYYY-MM-DD`],
    });
  let wanted: string[] = [];
  await changeState(ports, feed.name, (state) => {
    const last = partsOf(feed, state, ports.now()).slice(0, feed.days);
    wanted = day !== undefined ? [day] : feed.partitioned ? last : [whole];
    return withAsked(state, wanted);
  });
  await record(ports, who, {
    what: "feed_asked_for",
    about: feed.name,
    after: day === undefined ? {} : { day },
  });
  await ports.feedAsked();
  return wanted;
}

/** Has answers taken although they shrank: they are fetched again, and may be half as long as what was seen
 *  and no shorter.
 *  @returns the parts
 *  @throws feed_not_waiting, documents_down */
export async function takeAlthough(ports: AskPorts, who: Who, feed: Feed): Promise<readonly string[]> {
  let wanted: string[] = [];
  const changed = await changeState(ports, feed.name, (state) => {
    const waiting = Object.entries(state.parts).filter(([, { waits }]) => waits !== undefined);
    if (waiting.length === 0) return undefined;
    wanted = waiting.map(([part]) => part);
    const accepting = waiting.map(([part, is]) => [part, { ...is, accepts: is.waits! }]);
    return withAsked({ ...state, parts: { ...state.parts, ...Object.fromEntries(accepting) } }, wanted);
  });
  if (changed === undefined) throw feedNotWaiting({ name: feed.name });
  await record(ports, who, { what: "feed_taken_although", about: feed.name });
  await ports.feedAsked();
  return wanted;
}

const askedMax = 400;

/** Nobody who asks waits for the pause after a failure. */
function withAsked(state: FetchState, wanted: readonly string[]): FetchState {
  const parts = Object.entries(state.parts).map(([part, { next_at, ...is }]) => [
    part,
    next_at === undefined || wanted.includes(part) ? is : { ...is, next_at },
  ]);
  return {
    ...state,
    parts: Object.fromEntries(parts),
    asked: [...new Set([...(state.asked ?? []), ...wanted])].slice(0, askedMax),
  };
}

import { asProblem } from "../../problem.ts";
import { listFeeds, type Datasets, type Feed } from "../registered/feeds.ts";
import { duePart } from "./due.ts";
import { fetchPart, type FetchPorts } from "./fetch.ts";
import { changeState, readState, withTry } from "./state.ts";

/** Fetches what is due, one part of one feed at a time. */

export type FeedWorkPorts = FetchPorts &
  Datasets & {
    /** Where more than one process may work: a feed is one's own for so long, longer than any fetch takes. */
    readonly heldMs?: number;
  };

/** @param mayBegin whether there is time for one more
 *  @returns whether all that was due is fetched: there was time for it
 *  @throws documents_down; the signal's reason where the process ends */
export async function fetchDue(ports: FeedWorkPorts, mayBegin: () => boolean = () => true): Promise<boolean> {
  const failed = new Set<string>();
  // A round may find another feed's time come, or what somebody asked for meanwhile.
  for (let isFound = true; isFound;) {
    isFound = false;
    for (const found of await listFeeds(ports)) {
      if (!("feed" in found) || failed.has(found.name)) continue;
      try {
        const fetched = await fetchNext(ports, found.feed, mayBegin);
        if (fetched === "late") return false;
        if (fetched === "one") isFound = true;
      } catch (error) {
        ports.signal?.throwIfAborted();
        failed.add(found.name);
        ports.log("WARNING", "A feed could not be looked after; it is tried again.", {
          event: "feed_not_worked_on",
          feed: found.name,
          detail: asProblem(error).message,
        });
      }
    }
  }
  return true;
}

/** @returns `late`: there is something to fetch, and no time */
async function fetchNext(
  ports: FeedWorkPorts,
  feed: Feed,
  mayBegin: () => boolean,
): Promise<"one" | "none" | "late"> {
  const { now, heldMs, log } = ports;
  const state = await readState(ports, feed.name);
  const part = duePart(feed, state, now());
  if (part === undefined) return "none";
  if (!mayBegin()) return "late";
  const begun = await changeState(ports, feed.name, (known) => {
    const at = now();
    if (heldMs === undefined) return withTry(known, part, at);
    return (known.held_until ?? 0) > at
      ? undefined
      : { ...withTry(known, part, at), held_until: at + heldMs };
  });
  if (begun === undefined) return "none";
  try {
    const { state: became, code, rows } = await fetchPart(ports, feed, part);
    log(became === "taken" ? "INFO" : "WARNING", "It is known what became of a fetch of a feed.", {
      event: "feed_fetched",
      feed: feed.name,
      part,
      state: became,
      ...(code !== undefined && { code }),
      ...(rows !== undefined && { rows }),
    });
    return "one";
  } finally {
    if (heldMs !== undefined)
      // One that is not let go of is free when its time is over.
      await changeState(ports, feed.name, ({ held_until: _held, ...known }) => known).catch(() => undefined);
  }
}

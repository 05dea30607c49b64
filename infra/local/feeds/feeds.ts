import { fetchDue, type FeedWorkPorts } from "../../../functions/feeds/fetches/work.ts";
import { asProblem } from "../../../functions/problem.ts";
import { within } from "../../../functions/within.ts";

/** Feeds are fetched in this process, one after the other. What is due stands in the documents, so that a
 *  process which begins goes on with it. */

export interface RunningFeeds {
  /** Has what is due fetched. */
  feedAsked(): void;
  /** Cuts off what is fetched; it is done again. */
  stop(): Promise<void>;
}

const lookEveryMs = 60_000;
const lastMs = 5_000;

export function startFeeds(
  given: Omit<FeedWorkPorts, "signal" | "heldMs">,
  { everyMs = lookEveryMs }: { everyMs?: number } = {},
): RunningFeeds {
  const ending = new AbortController();
  const { signal } = ending;
  const ports: FeedWorkPorts = { ...given, signal };
  let isAsked = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (isAsked && !signal.aborted) {
      isAsked = false;
      try {
        await fetchDue(ports);
      } catch (error) {
        if (signal.aborted) return;
        given.log("WARNING", "Feeds could not be looked after; it is tried again in a minute.", {
          event: "feeds_not_worked_on",
          detail: asProblem(error).message,
        });
      }
    }
  }

  function feedAsked(): void {
    isAsked = true;
    running ??= run().finally(() => {
      running = undefined;
      // It may have come while the last look went on.
      if (isAsked && !signal.aborted) feedAsked();
    });
  }

  feedAsked();
  const clock = setInterval(feedAsked, everyMs).unref();
  return {
    feedAsked,
    async stop() {
      clearInterval(clock);
      ending.abort();
      await within(lastMs, running ?? Promise.resolve(), () => undefined);
    },
  };
}

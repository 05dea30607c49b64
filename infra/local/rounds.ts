import type { Log } from "../../functions/log.ts";
import { asProblem } from "../../functions/problem.ts";

/** What is done again and again, without anybody who asks. */
export interface Rounds {
  readonly work: () => Promise<unknown>;
  readonly firstMs: number;
  readonly everyMs: number;
  /** What the log says where a round failed; the next one tries again. */
  readonly failed: { readonly event: string; readonly message: string };
}

/** Days that are over are checked within the hour after they are. Most rounds find nothing to do and read the
 *  counters alone. In the cloud there is no process that runs on; there whoever looks asks for it. */
export const nights = {
  firstMs: 10 * 60_000,
  everyMs: 60 * 60_000,
  failed: {
    event: "activity_not_checked",
    message: "The activity of the last days could not be checked; it is tried again in an hour.",
  },
} as const satisfies Omit<Rounds, "work">;

/** Streams and imports are checked for what is wrong with them. In the cloud a schedule does so. */
export const watch = {
  firstMs: 60_000,
  everyMs: 5 * 60_000,
  failed: {
    event: "health_not_checked",
    message: "Not all streams and imports could be checked; it is tried again in 5 minutes.",
  },
} as const satisfies Omit<Rounds, "work">;

export function startRounds({ work, firstMs, everyMs, failed }: Rounds, log: Log): { stop(): void } {
  let timer = setTimeout(round, firstMs);
  let stopped = false;

  async function round(): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The end of the process takes the stores away.
      if (stopped) return;
      log("WARNING", failed.message, { event: failed.event, detail: asProblem(error).message });
    }
    if (!stopped) timer = setTimeout(round, everyMs);
  }

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

import type { Checked } from "../../functions/activity/check.ts";
import type { Log } from "../../functions/log.ts";
import { asProblem } from "../../functions/problem.ts";

/** Has days that are over checked, without anybody who asks: within the hour after they are. Most rounds
 *  find nothing to do and read the counters alone. In the cloud there is no process that runs on; there
 *  whoever looks asks for it. */
export function startNights(
  check: () => Promise<Checked>,
  { log, firstMs = 10 * 60_000, everyMs = 60 * 60_000 }: { log: Log; firstMs?: number; everyMs?: number },
): { stop(): void } {
  let timer = setTimeout(round, firstMs);
  let stopped = false;

  async function round(): Promise<void> {
    try {
      await check();
    } catch (error) {
      // The end of the process takes the warehouse away.
      if (stopped) return;
      log("WARNING", "The activity of the last days could not be checked; it is tried again in an hour.", {
        event: "activity_not_checked",
        detail: asProblem(error).message,
      });
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

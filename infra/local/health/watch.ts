import type { Log } from "../../../functions/log.ts";
import { asProblem } from "../../../functions/problem.ts";

/** Has the streams checked every 5 minutes, without anybody who asks. In the cloud a schedule does so. */
export function startWatch(
  check: () => Promise<void>,
  { log, firstMs = 60_000, everyMs = 5 * 60_000 }: { log: Log; firstMs?: number; everyMs?: number },
): { stop(): void } {
  let timer = setTimeout(round, firstMs);
  let stopped = false;

  async function round(): Promise<void> {
    try {
      await check();
    } catch (error) {
      // The end of the process takes the registry away.
      if (stopped) return;
      log("WARNING", "Not all streams and imports could be checked; it is tried again in 5 minutes.", {
        event: "health_not_checked",
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

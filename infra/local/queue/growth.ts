import type { Elapsed } from "../../../functions/elapsed.ts";
import type { Log } from "../../../functions/log.ts";
import type { Backlog } from "../../../functions/queue.ts";

/** Notices a backlog that grows, which nothing else does: each hit is taken, and each row
 *  arrives, later and later. */

export interface Growth {
  /** The backlog, and since when it has grown. */
  readonly backlog: Backlog;
  /** A look at the backlog; a timer does it while the product runs. */
  look(): Promise<void>;
  stop(): void;
}

/** What waits goes up and down by the second: the least of each minute tells. */
const minuteMs = 60_000;
const minutesMin = 10;
const lookMs = 10_000;

interface Ports {
  backlog: Backlog;
  /** Unix ms. */
  now: () => number;
  elapsed: Elapsed;
  log: Log;
}

export function watchGrowth({ backlog, now, elapsed, log }: Ports): Growth {
  let minute = -1;
  let least = 0;
  /** The least of the minute before, and for how many minutes it has grown. */
  let before: number | undefined;
  let minutes = 0;

  const growing = () => minutes >= minutesMin;

  function count(waiting: number): void {
    const at = Math.floor(elapsed() / minuteMs);
    if (at === minute) {
      least = Math.min(least, waiting);
      return;
    }
    // A minute without a look, as after a sleep of the machine, tells nothing.
    if (at === minute + 1) close();
    else forget();
    minute = at;
    least = waiting;
  }

  function close(): void {
    const said = growing();
    const grew = before !== undefined && least > before;
    minutes = grew ? minutes + 1 : 0;
    before = least;
    if (growing() && !said)
      log("WARNING", `The backlog has grown for ${minutesMin} minutes: more hits arrive than become rows.`, {
        event: "backlog_grows",
        waiting: least,
        since: new Date(since()).toISOString(),
      });
    if (said && !growing())
      log("INFO", "The backlog no longer grows.", { event: "backlog_grows_no_more", waiting: least });
  }

  function forget(): void {
    minutes = 0;
    before = undefined;
  }

  const since = () => now() - minutes * minuteMs;

  async function look(): Promise<void> {
    try {
      const { waiting } = await backlog.depth();
      if (waiting !== undefined) count(waiting);
    } catch {
      // The queue itself says what it cannot do; without a look in it the minute tells nothing.
    }
  }

  const timer = setInterval(() => void look(), lookMs);
  return {
    backlog: {
      find: (hitId) => backlog.find(hitId),
      async depth() {
        return { ...(await backlog.depth()), ...(growing() && { grows_since: since() }) };
      },
    },
    look,
    stop: () => clearInterval(timer),
  };
}

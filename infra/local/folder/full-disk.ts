/** A start needs a little room: logs of SQLite, what a killed process left half done. On a full disk it takes
 *  the reserve that the run before left; where that is not enough, it says 503 until there is room. */
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../../../functions/log.ts";
import { queueDown } from "../../../functions/problems.ts";
import type { Doorway } from "../doorway.ts";
import { freeBytes, megabytes } from "../thread/disk.ts";
import { besideFiles } from "./page.ts";

/** What a start is known to need, several times over. */
const startBytesMin = 4 * 1024 * 1024;
const reserveBytes = 16 * 1024 * 1024;
/** The reserve is laid up again where so much stays free beside it: hits are taken from 64 MiB on. */
const roomyBytes = 64 * 1024 * 1024;
const lookMs = 500;

/** Resolves once there is room for a start; until then, and until the start is done, hits are answered 503.
 *  @param doorway where hits are taken otherwise
 *  @throws cannot_listen; the reason of `stopped` */
export async function untilRoom(
  directory: string,
  doorway: Doorway,
  log: Log,
  stopped: AbortSignal | undefined,
): Promise<void> {
  if (!isFull(directory)) return;
  rmSync(join(directory, besideFiles.reserve), { force: true });
  if (!isFull(directory)) {
    log("WARNING", "The disk is full: the start uses the room that was kept for it.", {
      event: "reserve_used",
    });
    return;
  }
  const why = `the disk has ${megabytes(roomOf(directory))} left; make it more than ${megabytes(startBytesMin)}`;
  const url = await doorway.open(() => {
    throw queueDown({ why });
  });
  log("ERROR", "The disk is full: hits are answered 503, and the start goes on once there is room.", {
    event: "start_waits",
    hits: url,
    why,
  });
  // A disk tells nobody when it has room again.
  while (isFull(directory)) {
    stopped?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  log("INFO", "The disk has room again: the start goes on.", { event: "start_goes_on" });
}

/** Whether a start, or what failed in one, lacks room. */
export function isFull(directory: string): boolean {
  return roomOf(directory) < startBytesMin;
}

/** Keeps room for the next start, from now on and again and again: it may have been used,
 *  or there was none yet. */
export function keepReserve(directory: string, everyMs = 60_000): { stop(): void } {
  const keep = () => layUp(directory, roomyBytes);
  keep();
  const timer = setInterval(keep, everyMs);
  return {
    /** What others leave is laid up to the last: from here on nobody of ours needs it. */
    stop() {
      clearInterval(timer);
      layUp(directory, 0);
    },
  };
}

function layUp(directory: string, besideBytes: number): void {
  const file = join(directory, besideFiles.reserve);
  try {
    const there = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const bytes = Math.min(reserveBytes, there + freeBytes(directory) - besideBytes);
    if (there >= bytes) return;
    // Written, not only made longer: a hole takes no room.
    writeFileSync(file, Buffer.alloc(bytes), { mode: 0o600 });
  } catch {
    // Somebody else was faster: what was written of it is there.
  }
}

/** Of the disk that the folder is on, or will be. */
/** A file system without blocks, such as /proc, is no disk that could be full: the start says
 *  what is wrong with it. */
function roomOf(directory: string): number {
  if (!existsSync(directory) && dirname(directory) !== directory) return roomOf(dirname(directory));
  return statfsSync(directory).blocks === 0 ? Infinity : freeBytes(directory);
}

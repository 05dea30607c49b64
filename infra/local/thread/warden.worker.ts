/** Ends a child process whose parent is gone, or that has grown past its memory. */
import { workerData } from "node:worker_threads";

export interface Watched {
  readonly parent: number;
  readonly residentBytesMax: number;
}

/** Memory grows by some 2 GB a second at most. */
const lookMs = 100;
const { parent, residentBytesMax } = workerData as Watched;

setInterval(() => {
  if (process.ppid !== parent || process.memoryUsage.rss() > residentBytesMax)
    process.kill(process.pid, "SIGKILL");
}, lookMs);

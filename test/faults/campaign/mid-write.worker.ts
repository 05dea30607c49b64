/** Looks at the files without a pause, beside the load: a write may be over within a millisecond. */
import { ownSettings, serve } from "../../../infra/local/thread/worker.ts";
import { threadsOf } from "../../support/machine/processes.ts";
import { watchWrite, type Write } from "./writing.ts";

export interface MidWriteApi {
  /** Stops the process where it stands, in the middle of the write. @throws Error where
   *  it is never found there */
  stopInMid(pid: number): void;
  /** Whether the files show the write half done. */
  isInMid(nothing: undefined): boolean;
}

/** Far from what any write takes to come; see support/until.ts. */
const lastResortMs = 300_000;
const { directory, write } = ownSettings<{ directory: string; write: Write }>();
const isInMid = watchWrite(directory, write);

serve<MidWriteApi>({
  stopInMid(pid) {
    const end = performance.now() + lastResortMs;
    while (performance.now() < end) {
      if (!isInMid()) continue;
      process.kill(pid, "SIGSTOP");
      while (threadsOf(pid).some((thread) => thread !== "T"));
      if (isInMid()) return;
      process.kill(pid, "SIGCONT");
    }
    throw new Error(`Not found in ${write} within ${lastResortMs / 1_000} s`);
  },
  isInMid,
});

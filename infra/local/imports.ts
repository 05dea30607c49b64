import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { tellSender } from "../../functions/import/bucket/results.ts";
import { sweepBucket } from "../../functions/import/bucket/sweep.ts";
import { openDaySweep } from "../../functions/import/days/sweep.ts";
import type { DuePorts } from "../../functions/import/links/automatic/due.ts";
import type { WorkPorts } from "../../functions/import/load/work.ts";
import type { SharedPorts } from "../../functions/import/shared/look.ts";
import { workOnNext } from "../../functions/import/next.ts";
import { toldToLogs } from "../../functions/import/quotes.ts";
import { openSteps } from "../../functions/steps.ts";
import { within } from "../../functions/within.ts";
import { openParquet } from "../parquet/parquet.ts";
import { type HeldFiles, openKeptFiles } from "./files/kept.ts";
import { openWatchedFolder } from "./files/watched.ts";
import { scratch } from "../scratch.ts";
import { besideFiles } from "./folder/page.ts";

/** Files that arrived become rows in this process, one after the other, their events are linked, and days
 *  whose deadline has passed are told. What is not done stands in the documents, so that a process which
 *  begins goes on with it. */

export interface RunningImports extends Pick<WorkPorts, "parquet" | "scratch"> {
  readonly keptFiles: HeldFiles;
  /** Has what arrived worked on. */
  arrived(): void;
  /** Lets the file end that has begun, or leaves it to the next process where it takes longer. */
  stop(): Promise<void>;
}

/** Before a file comes again; the last one repeats. */
const pausesMs = [1_000, 5_000, 30_000, 60_000];
/** So often it is looked whether a deadline has passed, and whether links are due. */
const lookEveryMs = 60_000;
/** What is cut off is done again. */
const lastMs = 5_000;

/** @param directory the data folder */
export function startImports(
  directory: string,
  {
    importsDirectory,
    ...given
  }: Omit<WorkPorts & DuePorts & SharedPorts, "keptFiles" | "parquet" | "scratch" | "ending"> & {
    /** A folder into which others put files. */
    readonly importsDirectory?: string | undefined;
  },
  { pauses = pausesMs, everyMs = lookEveryMs }: { pauses?: readonly number[]; everyMs?: number } = {},
): RunningImports {
  const keptFiles = openKeptFiles(join(directory, besideFiles.imports));
  const ending = new AbortController();
  const { signal } = ending;
  const folder =
    importsDirectory === undefined ? undefined : watchedPorts({ ...given, keptFiles }, importsDirectory);
  const ports: WorkPorts & DuePorts & SharedPorts = {
    ...given,
    async tellSender(told) {
      await given.tellSender?.(told);
      if (folder !== undefined) await tellSender(folder, told);
    },
    keptFiles,
    parquet: openParquet,
    scratch,
    ending: signal,
  };
  const days = openDaySweep(ports);
  let isAsked = true;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let failures = 0;
    while (isAsked && !signal.aborted) {
      isAsked = false;
      try {
        const steps = openSteps(signal);
        if (folder !== undefined) await steps.take(() => sweepBucket(folder));
        while ((await workOnNext(ports, days)) === "one" && !signal.aborted) failures = 0;
        steps.end();
      } catch (error) {
        if (signal.aborted) return;
        ports.log("WARNING", "Backend events could not be worked on; it is tried again.", {
          event: "file_not_worked_on",
          ...toldToLogs(error),
        });
        isAsked = true;
        const waitMs = pauses[Math.min(failures, pauses.length - 1)]!;
        failures += 1;
        // Ended early by the end of the process.
        await pause(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  function arrived(): void {
    isAsked = true;
    running ??= run().finally(() => {
      running = undefined;
      // It may have come while the last look went on.
      if (isAsked && !signal.aborted) arrived();
    });
  }

  arrived();
  const clock = setInterval(arrived, everyMs).unref();
  return {
    keptFiles,
    parquet: openParquet,
    scratch,
    arrived,
    async stop() {
      clearInterval(clock);
      ending.abort();
      await within(lastMs, running ?? Promise.resolve(), () => undefined);
    },
  };
}

function watchedPorts(
  given: Pick<
    WorkPorts & DuePorts,
    "documents" | "warehouse" | "productDataset" | "now" | "log" | "keptFiles"
  >,
  root: string,
) {
  return { ...given, bucket: openWatchedFolder({ ...given, root }), source: "folder" } as const;
}

import { setTimeout as pause } from "node:timers/promises";
import type { Jobs, JobStep, WorkStep } from "../../functions/jobs.ts";
import { runningSteps, type JobPorts } from "../../functions/letters/job.ts";
import { createSteps, type StepPorts } from "../../functions/letters/steps.ts";
import type { Log } from "../../functions/log.ts";
import { asProblem } from "../../functions/problem.ts";

/** Jobs in this process: the steps of each one after the other, several jobs side by side. What runs stands
 *  in the documents, so that a process which begins goes on with it. */

export interface RunningJobs extends Jobs {
  /** Lets the batches end that have begun; what is left goes on in the next process. */
  stop(): Promise<void>;
}

/** Before a step comes again; the last one repeats. */
const pausesMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

export async function startJobs(
  ports: Omit<StepPorts, "jobs" | "isAlone" | "stopped">,
  { pauses = pausesMs }: { pauses?: readonly number[] } = {},
): Promise<RunningJobs> {
  const ending = new AbortController();
  const { signal: stopped } = ending;
  const jobs = inTurn((step) => work(step), { stopped, pauses });
  const work = createSteps({ ...ports, jobs, isAlone: true, stopped });
  await goOn(ports, jobs, ports.log);
  return {
    next: jobs.next,
    async stop() {
      ending.abort();
      await jobs.ended();
    },
  };
}

async function goOn(ports: Pick<JobPorts, "documents">, jobs: Jobs, log: Log): Promise<void> {
  try {
    for (const step of await runningSteps(ports)) await jobs.next(step);
  } catch (error) {
    log("WARNING", "Jobs that ran before this start stand still: begin them again.", {
      event: "jobs_not_taken_up",
      detail: asProblem(error).message,
    });
  }
}

function inTurn(
  work: WorkStep,
  { stopped, pauses }: { stopped: AbortSignal; pauses: readonly number[] },
): Jobs & { ended(): Promise<void> } {
  const lines = new Map<string, Promise<void>>();

  async function run(step: JobStep): Promise<void> {
    for (let tries = 0; !stopped.aborted; tries++) {
      if ((await work(step)) === "ack") return;
      const ms = pauses[Math.min(tries, pauses.length - 1)] ?? 0;
      // It rejects when it is to stop, which the loop looks at.
      await pause(ms, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  return {
    async next(step) {
      const line = (lines.get(step.job) ?? Promise.resolve()).then(() => run(step));
      lines.set(step.job, line);
      void line.then(() => {
        if (lines.get(step.job) === line) lines.delete(step.job);
      });
    },
    async ended() {
      await Promise.all(lines.values());
    },
  };
}

import type { Jobs, JobStep, WorkStep } from "../../../functions/jobs.ts";

/** Steps of jobs that a test has worked on, by hand. */
export function memoryJobs() {
  const called: JobStep[] = [];
  const jobs: Jobs = { next: async (step) => void called.push(step) };
  return {
    ...jobs,
    called,
    /** All that are called, and those that these call; one that comes later is kept, and ends it. */
    async workOn(work: WorkStep): Promise<"ack" | "later"> {
      for (let step = called[0]; step !== undefined; step = called[0]) {
        if ((await work(step)) === "later") return "later";
        called.shift();
      }
      return "ack";
    },
  };
}

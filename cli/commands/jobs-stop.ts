import { lookAtJob, stopJob, watchJob } from "../api/jobs.ts";
import type { Command } from "../command.ts";

export const jobsStop: Command = {
  name: "jobs stop",
  summary: "end a replay or a discard of many that runs, and say what came of it",
  args: [{ name: "JOB", says: "its id, as jobs list shows it" }],
  options: {},
  notes: ["What is done stays done. What is left waits as before, and can be begun again."],
  async run(given, tools) {
    const { id } = await stopJob(tools, given.args[0]!);
    return watchJob(tools, await lookAtJob(tools.api, id));
  },
};

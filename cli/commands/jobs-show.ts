import { lookAtJob, watchJob } from "../api/jobs.ts";
import type { Command } from "../command.ts";
import { json } from "../terminal/visible.ts";

export const jobsShow: Command = {
  name: "jobs show",
  summary: "watch a replay or a discard of many to its end, and say what came of it",
  args: [{ name: "JOB", says: "its id, as jobs list shows it" }],
  options: { json: { says: "print how far it is, as JSON, and do not wait" } },
  notes: ["Ctrl-C ends the watching, and not the job."],
  async run(given, tools) {
    const job = await lookAtJob(tools.api, given.args[0]!);
    if (!given.flag("json")) return watchJob(tools, job);
    await tools.terminal.out(`${json(job, 2)}\n`);
    return undefined;
  },
};

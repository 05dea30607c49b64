import type { JobView } from "../../functions/letters/job.ts";
import { ofDays, streamTexts } from "../nouns/letters.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json } from "../terminal/visible.ts";

export const jobsList: Command = {
  name: "jobs list",
  summary: "list replays and discards of many dead letters, the newest first, and how far they are",
  args: [],
  options: { json: { says: "print them as JSON" } },
  async run(given, { api, terminal }) {
    const { jobs } = await api.ask<{ jobs: JobView[] }>({ path: "/v1/jobs" }, { jobs: "array" });
    if (given.flag("json")) {
      await terminal.out(`${json(jobs, 2)}\n`);
      return;
    }
    if (jobs.length === 0) {
      terminal.say("There was no job yet. afterclick dead-letters replay --all begins one.");
      return;
    }
    const streamText = await streamTexts(api);
    const lines = tableLines(
      [
        { name: "job", whole: true },
        { name: "what" },
        { name: "stream" },
        { name: "reason" },
        { name: "days" },
        { name: "state" },
        { name: "done" },
        { name: "of" },
        { name: "by" },
        { name: "began" },
      ],
      jobs.map(({ id, what, stream_ref, reason = "all", state, done, of, by = "", started_at, ...days }) => [
        id,
        what,
        stream_ref === undefined ? "all" : streamText(stream_ref),
        reason,
        ofDays(days).replace(/^ (of )?/, "") || "all",
        state,
        String(done),
        String(of),
        by,
        utcText(started_at),
      ]),
      terminal.width,
    );
    await terminal.out(`${lines.join("\n")}\n`);
  },
};

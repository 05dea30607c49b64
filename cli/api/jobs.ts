import { counted } from "../../functions/counted.ts";
import { path, type Api } from "./api.ts";
import { pause } from "./pause.ts";
import type { JobView } from "../../functions/letters/job.ts";
import type { Tools } from "../command.ts";
import { exitCodes, failed, type ExitCode } from "../failure.ts";
import { type Selection, streamTexts } from "../nouns/letters.ts";
import { visible } from "../terminal/visible.ts";

/** Replays and discards of many dead letters: the server works on them by itself, and here is
 *  watched how far it is. */

const fields = { id: "string", state: "string", done: "number", of: "number" } as const;
const deadlineMs = 60_000;

/** Begins the job, or takes up the one that runs for the same letters, and watches it to its end. */
export async function runJob(
  tools: Tools,
  body: Selection & { what: "replay" | "discard"; note?: string; by?: string | undefined },
): Promise<ExitCode> {
  const { api } = tools;
  const job = await api.ask<JobView>({ method: "POST", path: "/v1/jobs", body, deadlineMs }, fields);
  return watchJob(tools, job);
}

export async function lookAtJob(api: Api, id: string): Promise<JobView> {
  return api.ask<JobView>({ path: path`/v1/jobs/${id}`, deadlineMs }, fields);
}

/** Whoever stops watching stops nothing. */
export async function watchJob(tools: Tools, begun: JobView): Promise<ExitCode> {
  const { api, terminal, stopped, waits } = tools;
  let job = begun;
  const told: { done: number; trouble: string | undefined } = { done: 0, trouble: undefined };
  try {
    for (let looks = 0; job.state === "running"; looks++) {
      await pause(waits.pollMs, looks, stopped);
      job = await lookAtJob(api, job.id);
      if (job.state !== "running") break;
      if (job.done !== told.done) terminal.say(`${soFar(job)}; going on.`);
      if (job.trouble !== undefined && job.trouble !== told.trouble)
        terminal.say(visible(`${job.trouble} It is tried again.`));
      Object.assign(told, { done: job.done, trouble: job.trouble });
    }
  } catch (error) {
    terminal.say(`The server goes on with it. Look again: afterclick jobs show ${job.id}`);
    throw error;
  }
  return result(tools, job);
}

async function result({ api, terminal }: Tools, job: JobView): Promise<ExitCode> {
  if (job.state === "failed")
    throw failed(
      visible(`${job.trouble ?? "It ended early."} ${soFar(job)}. What still waits can be begun again.`),
    );
  await terminal.out(`${isAre(job)}.\n`);
  const { refused, refused_more: more = 0 } = job;
  if (refused.length === 0) return exitCodes.done;
  const streamText = await streamTexts(api);
  for (const { stream_ref, why } of refused)
    terminal.say(
      visible(`Not replayed${stream_ref === undefined ? "" : ` (${streamText(stream_ref)})`}: ${why}`),
    );
  if (more > 0) terminal.say(`And ${counted(more, "stream")} more.`);
  return exitCodes.failed;
}

const soFar = (job: JobView): string => `${isAre(job)}, of ${counted(job.of, "dead letter")}`;

/** `3 hits are on the way again` */
function isAre({ what, done, about }: Pick<JobView, "what" | "done" | "about">): string {
  const least = about === true ? "About " : "";
  return what === "replay"
    ? `${least}${counted(done, "hit is", "hits are")} on the way again`
    : `${least}${counted(done, "dead letter is", "dead letters are")} discarded`;
}

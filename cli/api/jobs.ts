import { counted } from "../../functions/counted.ts";
import { path, type Api } from "./api.ts";
import { pause } from "./pause.ts";
import type { JobView } from "../../functions/letters/job.ts";
import type { Outcome } from "../../functions/letters/outcome.ts";
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

/** Ends it with the batch that has begun. */
export async function stopJob({ api, settings }: Tools, id: string): Promise<JobView> {
  const body = { by: settings.by };
  return api.ask<JobView>({ method: "POST", path: path`/v1/jobs/${id}/stop`, body, deadlineMs }, fields);
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
      if (job.done !== told.done && job.stopping !== true) terminal.say(`${soFar(job)}; going on.`);
      if (job.trouble !== undefined && job.trouble !== told.trouble)
        terminal.say(visible(`${job.trouble} It is tried again.`));
      Object.assign(told, { done: job.done, trouble: job.trouble });
    }
    job = await becomeRows(tools, job);
  } catch (error) {
    terminal.say(`The server goes on with it. Look again: afterclick jobs show ${job.id}`);
    throw error;
  }
  return result(tools, job);
}

/** Rows come a moment after the replay. What takes longer is told as being on its way. */
const outcomeLooks = 5;

async function becomeRows({ api, stopped, waits }: Tools, ended: JobView): Promise<JobView> {
  let job = ended;
  for (let looks = 0; looks < outcomeLooks && (job.outcome?.on_their_way ?? 0) > 0; looks++) {
    await pause(waits.pollMs, looks, stopped);
    job = await lookAtJob(api, job.id);
  }
  return job;
}

async function result({ api, terminal }: Tools, job: JobView): Promise<ExitCode> {
  if (job.state === "failed")
    throw failed(
      visible(`${job.trouble ?? "It ended early."} ${soFar(job)}. What still waits can be begun again.`),
    );
  if (job.state === "stopped")
    terminal.say(
      visible(
        `${job.stopped_by ?? "Somebody"} stopped it: ${soFar(job)}. What is left still waits, and can be begun again.`,
      ),
    );
  await terminal.out(`${job.outcome === undefined ? isAre(job) : cameOf(job.outcome)}.\n`);
  if (job.outcome_unknown !== undefined)
    terminal.say(visible(`What became of them cannot be counted now: ${job.outcome_unknown}`));
  if ((job.outcome?.on_their_way ?? 0) > 0)
    terminal.say(`Later, afterclick jobs show ${job.id} tells what became of those on their way.`);
  if ((job.outcome?.failed_again ?? 0) > 0)
    terminal.say("afterclick dead-letters list tells why they failed again.");
  const isFailed = job.refused.length > 0 || (job.outcome?.failed_again ?? 0) > 0 || job.state === "stopped";
  await sayRefused({ api, terminal }, job);
  return isFailed ? exitCodes.failed : exitCodes.done;
}

async function sayRefused({ api, terminal }: Pick<Tools, "api" | "terminal">, job: JobView): Promise<void> {
  const { refused, refused_more: more = 0 } = job;
  if (refused.length === 0) return;
  const streamText = await streamTexts(api);
  for (const { stream_ref, why } of refused)
    terminal.say(
      visible(`Not replayed${stream_ref === undefined ? "" : ` (${streamText(stream_ref)})`}: ${why}`),
    );
  if (more > 0) terminal.say(`And ${counted(more, "stream")} more.`);
}

/** `1204 sent, 1198 written, 6 failed again`; what is none of these only where there is some. */
function cameOf({ sent, written, failed_again, ...others }: Outcome): string {
  const rest = [
    [others.on_their_way, "on their way"],
    [others.discarded, "discarded since"],
    [others.replayed_again, "replayed again since"],
  ] as const;
  return [
    `${sent} sent, ${written} written, ${failed_again} failed again`,
    ...rest.flatMap(([many, what]) => (many === 0 ? [] : [`${many} ${what}`])),
  ].join(", ");
}

const soFar = (job: JobView): string => `${isAre(job)}, of ${counted(job.of, "dead letter")}`;

/** `3 hits are on the way again` */
function isAre({ what, done, about }: Pick<JobView, "what" | "done" | "about">): string {
  const least = about === true ? "About " : "";
  return what === "replay"
    ? `${least}${counted(done, "hit is", "hits are")} on the way again`
    : `${least}${counted(done, "dead letter is", "dead letters are")} discarded`;
}

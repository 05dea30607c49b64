import { listJobs, lookAtJob, type JobView } from "../../../functions/letters/job.ts";
import { stopJob } from "../../../functions/letters/stop.ts";
import { jobUnknown } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { findReading } from "../../../functions/streams/change.ts";
import { readAll } from "../../../functions/streams/reading.ts";
import { seeOther } from "../../document.tsx";
import { isOpen } from "../../islands/job.tsx";
import { Island } from "../../islands/islands.tsx";
import type { PanelPorts } from "../../ports.ts";
import type { Visit } from "../../visit.ts";

/** Jobs that are about one stream: its own, and those of all streams. */

const isAbout = ({ stream_ref }: JobView, ref: string): boolean =>
  stream_ref === undefined || stream_ref === ref;

/** Those that run, and the one that the address names. */
export async function jobsOf({ ports, query }: Visit, streamId: string): Promise<JobView[]> {
  const ref = streamRef(streamId);
  const named = query.get("job");
  const shown = (await listJobs(ports)).filter(
    (job) => isAbout(job, ref) && (job.state === "running" || job.id === named),
  );
  // What became of its letters is counted for the one that is asked for.
  return Promise.all(shown.map((job) => (job.id === named ? lookAtJob(ports, job.id) : job)));
}

export function Jobs(props: {
  id: string;
  jobs: readonly JobView[];
  zone: string;
  now: number;
  mayStop: boolean;
}) {
  const at = `/streams/${props.id}/problems`;
  return (
    <>
      {props.jobs.map((job) => (
        <Island
          key={job.id}
          name="JobWatch"
          with={{
            job,
            zone: props.zone,
            now: props.now,
            again: isOpen(job) ? `${at}?job=${job.id}` : at,
            look: `${at}/jobs/${job.id}`,
            ...(props.mayStop && { stop: `${at}/jobs/${job.id}/stop` }),
          }}
        />
      ))}
    </>
  );
}

/** One that is about the stream. @throws job_unknown, stream_unknown */
async function jobAt({ ports, path }: Visit): Promise<{ streamId: string; job: JobView }> {
  const { id } = findReading(readAll(await ports.registry.list(), ports), path["id"]!);
  const job = await lookAtJob(ports, path["job"]!);
  if (!isAbout(job, streamRef(id))) throw jobUnknown();
  return { streamId: id, job };
}

/** Ends a job: the page that comes shows what is done, or that it ends with the batch that has begun. */
export async function stopped(visit: Visit): Promise<Reply> {
  const { streamId, job } = await jobAt(visit);
  await soonEnded(visit.ports, await stopJob(visit.ports, job.id, visit.person));
  return seeOther(`/streams/${streamId}/problems?job=${job.id}`);
}

/** For the page's script. @throws job_unknown, stream_unknown */
export async function jobProgress(visit: Visit): Promise<Reply> {
  const { now } = visit;
  const { job } = await jobAt(visit);
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify({ job, now }),
  };
}

const looksMs = [50, 100, 200, 400, 800];

/** A small job is done at once: then the page that comes shows its end, also where nothing can look again. */
export async function soonEnded(ports: PanelPorts, begun: JobView): Promise<JobView> {
  let job = begun;
  for (const ms of looksMs) {
    if (job.state !== "running") break;
    await new Promise((resolve) => setTimeout(resolve, ms));
    job = await lookAtJob(ports, begun.id);
  }
  return job;
}

import { warehouseDown } from "../../../../functions/problems.ts";
import { isDuplicate, oneLine } from "../rest-problems.ts";
import { restError, type Rest } from "../rest.ts";

/** Jobs that have an id of ours: BigQuery takes each id once, so that one that is asked for again is the one
 *  that was begun. Source: https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid */
export interface NamedJobs {
  /** Resolves once the job is done that has this id, or the first one after it that does not fail: an id
   *  whose job failed is spent.
   *  @param location of the tables
   *  @throws a RestError; warehouse_down where the deadline passes: the job goes on, and the next one who
   *  asks waits for it */
  run(id: string, configuration: object, options: { location: string; deadlineMs: number }): Promise<void>;
  /** Waits for a job that was begun. @throws as `run` */
  ended(job: Job, options: { deadlineMs: number }): Promise<void>;
  find(jobId: string, location: string): Promise<Job>;
}

export interface Job {
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
  readonly status?: {
    readonly state?: string;
    readonly errorResult?: { readonly reason?: string; readonly message?: string };
  };
}

/** Each is a whole attempt of whoever asked. */
const failedMax = 100;
const pauseMsFirst = 100;
const pauseMsMax = 2_000;

export function openNamedJobs(rest: Rest, { project }: { project: string }): NamedJobs {
  const home = `/projects/${encodeURIComponent(project)}/jobs`;

  const find = (jobId: string, location: string): Promise<Job> =>
    rest.call<Job>("GET", `${home}/${encodeURIComponent(jobId)}`, {
      query: location === "" ? {} : { location },
    });

  async function ended(job: Job, { deadlineMs }: { deadlineMs: number }): Promise<void> {
    const end = performance.now() + deadlineMs;
    const { jobId = "", location = "" } = job.jobReference ?? {};
    for (let pauseMs = pauseMsFirst; job.status?.state !== "DONE"; pauseMs *= 1.5) {
      if (performance.now() >= end)
        throw warehouseDown({ why: `the job ${jobId} is not done after ${deadlineMs / 1_000} s` });
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, pauseMsMax)));
      job = await find(jobId, location);
    }
    const { errorResult } = job.status;
    if (errorResult !== undefined) throw failed(errorResult);
  }

  return {
    ended,
    find,
    async run(id, configuration, { location, deadlineMs }) {
      for (let attempt = 1; attempt <= failedMax; attempt++) {
        const jobId = `${id}_${attempt}`;
        const jobReference = { projectId: project, jobId, location };
        const { job, isBegun } = await rest
          .call<Job>("POST", home, { body: { jobReference, configuration } })
          .then((job) => ({ job, isBegun: true }))
          .catch(async (error: unknown) => {
            if (!isDuplicate(error)) throw error;
            return { job: await find(jobId, location), isBegun: false };
          });
        if (isBegun || job.status?.state !== "DONE" || job.status.errorResult === undefined)
          return ended(job, { deadlineMs });
      }
      throw warehouseDown({ why: `${failedMax} jobs with the id ${id} failed` });
    },
  };
}

/** Why a job failed, as if a call had: by the reason it is told whether that passes.
 *  Source: https://cloud.google.com/bigquery/docs/error-messages */
function failed({ reason = "", message = "the job failed" }: { reason?: string; message?: string }): Error {
  const status = { notFound: 404, accessDenied: 403 }[reason] ?? 400;
  return restError(status, reason, oneLine(message));
}

/** Letters, digits, `_` and `-` make an id, at most 1,024 of them. */
export function jobIdOf(...parts: readonly string[]): string {
  return ["afterclick", ...parts]
    .join("_")
    .replaceAll(/[^A-Za-z0-9_-]/g, "_")
    .slice(0, 1_000);
}

import { type Elapsed, elapsedMs } from "../elapsed.ts";
import type { JobStep, WorkStep } from "../jobs.ts";
import type { Log } from "../log.ts";
import { asProblem, isProblem } from "../problem.ts";
import { documentsConflict } from "../problems.ts";
import { filterOf } from "./choose.ts";
import type { JobDocument, JobPorts } from "./job.ts";
import { type Lease, leaseMs, takeLease, withoutLease } from "./lease.ts";
import { discardMany, type Part, replayMany } from "./many.ts";
import type { SendPorts } from "./send.ts";

/** The steps of a job. A step takes a lease on the document, works for a while, has the next step called and
 *  notes how far it is, in this order: killed anywhere, the step that was not noted comes again. What was
 *  sent or given up by then is in no selection any more, so that a step which is done twice does what is
 *  left; the hits between a publish and its note repeat, and a row that repeats has the same hit_id. */

export interface StepPorts extends JobPorts, SendPorts {
  /** For how long a step may work; the process's own clock where left out. */
  elapsed?: Elapsed;
  /** See lease.ts. */
  isAlone?: boolean;
  /** Ends a step with the batch that has begun. */
  stopped?: AbortSignal;
  log: Log;
}

/** A step ends so long after it began, with the batch that has begun. */
export const stepMs = 30_000;
/** How often it is noted at most. */
const notedEveryMs = 1_000;
const refusedMax = 100;
/** In a row, with the pauses between them: most of a day. */
const failuresMax = 100;

export function createSteps(ports: StepPorts): WorkStep {
  return async (step) => {
    try {
      return await work(ports, step);
    } catch (error) {
      // The documents do not answer, or another instance took over: whoever comes
      // next finds out how far it is.
      if (!isProblem(error, documentsConflict))
        ports.log("WARNING", "A step of a job could not be noted; it comes again.", {
          event: "job_step_failed",
          job: step.job,
          detail: asProblem(error).message,
        });
      return "later";
    }
  };
}

async function work(ports: StepPorts, { job: id, step, key }: JobStep): Promise<"ack" | "later"> {
  const lease = await takeLease(ports, id, { step, key });
  if (typeof lease === "string") return lease;
  const { elapsed = elapsedMs, stopped } = ports;
  const beganMs = elapsed();
  let notedMs = beganMs;
  let at = lease.document;
  let isThrough = true;
  let isStopped = false;
  try {
    for await (const part of partsOf(ports, id, at)) {
      at = withPart(at, part);
      if (elapsed() - beganMs >= stepMs || stopped?.aborted === true) {
        isThrough = false;
        break;
      }
      if (elapsed() - notedMs < notedEveryMs) continue;
      notedMs = elapsed();
      isStopped = await lease.note({ ...at, leased_until: ports.now() + leaseMs });
      if (isStopped) break;
    }
    // Before it is noted: a note without a next step would be the end of it.
    if (!isThrough) await ports.jobs.next({ job: id, step: step + 1, key });
  } catch (error) {
    return failed(ports, lease, { id, at, error });
  }
  const { trouble: _passed, ...fine } = withoutLease(at);
  if (isThrough) await lease.end({ ...fine, failures: 0, state: isStopped ? "stopped" : "done" });
  else await lease.note({ ...fine, failures: 0, step: step + 1 });
  return "ack";
}

/** Notes how far it came and why it went no further. */
async function failed(
  { log }: StepPorts,
  lease: Lease,
  { id, at, error }: { id: string; at: JobDocument; error: unknown },
): Promise<"ack" | "later"> {
  if (isProblem(error, documentsConflict)) throw error;
  const { message: trouble, status, cause } = asProblem(error);
  const failures = at.failures + 1;
  // What a refusal says does not pass by itself.
  const isOver = status < 500 || failures >= failuresMax;
  log("WARNING", isOver ? "A job ended early." : "A step of a job failed; it comes again.", {
    event: isOver ? "job_failed" : "job_step_failed",
    job: id,
    detail: trouble,
    ...(cause !== undefined && { cause: String(cause) }),
  });
  if (isOver) await lease.end({ ...at, trouble, failures, state: "failed" });
  else await lease.note({ ...withoutLease(at), trouble, failures });
  return isOver ? "ack" : "later";
}

function partsOf(ports: StepPorts, id: string, job: JobDocument): AsyncGenerator<Part> {
  const { what, failed_until, by, note = "", after } = job;
  const many = { filter: filterOf(job), failedUntil: failed_until, by, job: id };
  return what === "discard"
    ? discardMany(ports, { ...many, note })
    : replayMany(ports, { ...many, ...(after !== undefined && { after }) });
}

function withPart(job: JobDocument, { done = 0, refused, after }: Part): JobDocument {
  const isFull = refused !== undefined && job.refused.length >= refusedMax;
  return {
    ...job,
    done: job.done + done,
    ...(refused !== undefined && !isFull && { refused: [...job.refused, refused] }),
    ...(isFull && { refused_more: (job.refused_more ?? 0) + 1 }),
    ...(after !== undefined && { after }),
  };
}

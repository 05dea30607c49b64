import { randomBytes } from "node:crypto";
import { type Elapsed, elapsedMs } from "../elapsed.ts";
import type { JobStep, WorkStep } from "../jobs.ts";
import type { Log } from "../log.ts";
import { entryOf } from "../people/audit.ts";
import { asProblem, isProblem } from "../problem.ts";
import { documentsConflict } from "../problems.ts";
import { read, type JobDocument, type JobPorts } from "./job.ts";
import { discardMany, type Part, replayMany } from "./many.ts";
import type { SendPorts } from "./send.ts";

/** The steps of a job. A step takes a lease on the document, works for a while, has the next step called and
 *  notes how far it is, in this order: killed anywhere, the step that was not noted comes again. What was
 *  sent or given up by then is in no selection any more, so that a step which is done twice does what is
 *  left; the hits between a publish and its note repeat, and a row that repeats has the same hit_id. */

export interface StepPorts extends JobPorts, SendPorts {
  /** For how long a step may work; the process's own clock where left out. */
  elapsed?: Elapsed;
  /** Nobody else works on these documents: a lease that somebody holds is of a process that is gone. */
  isAlone?: boolean;
  /** Ends a step with the batch that has begun. */
  stopped?: AbortSignal;
  log: Log;
}

/** A step ends so long after it began, with the batch that has begun. */
export const stepMs = 30_000;
/** For the longest batch; every note of how far it is takes it anew. */
export const leaseMs = 60_000;
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
  try {
    for await (const part of partsOf(ports, at)) {
      at = withPart(at, part);
      if (elapsed() - beganMs >= stepMs || stopped?.aborted === true) {
        isThrough = false;
        break;
      }
      if (elapsed() - notedMs < notedEveryMs) continue;
      notedMs = elapsed();
      await lease.note({ ...at, leased_until: ports.now() + leaseMs });
    }
    // Before it is noted: a note without a next step would be the end of it.
    if (!isThrough) await ports.jobs.next({ job: id, step: step + 1, key });
  } catch (error) {
    return failed(ports, lease, { id, at, error });
  }
  const { trouble: _passed, ...fine } = withoutLease(at);
  if (isThrough) await lease.end({ ...fine, failures: 0, state: "done" });
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

interface Lease {
  readonly document: JobDocument;
  /** @throws documents_conflict where somebody else holds it by now */
  note(document: JobDocument): Promise<void>;
  /** With its entry in the audit. */
  end(document: JobDocument): Promise<void>;
}

async function takeLease(
  ports: StepPorts,
  id: string,
  { step, key }: Pick<JobStep, "step" | "key">,
): Promise<Lease | "ack" | "later"> {
  const { documents, now, isAlone = false } = ports;
  const stored = await documents.read("jobs", id);
  const job = stored && read(stored);
  if (job === undefined) return "ack";
  const { document, version } = job;
  const { leased_until } = document;
  if (document.key !== key || document.state !== "running" || step < document.step) return "ack";
  // Called before it was noted: the step before it comes again, or is being noted just now.
  if (step > document.step) return "later";
  // One from far in the future was taken by a clock that was wrong.
  const isHeld = leased_until !== undefined && leased_until > now() && leased_until <= now() + 2 * leaseMs;
  if (isHeld && !isAlone) return "later";
  const holder = randomBytes(8).toString("hex");
  const taken: JobDocument = {
    ...document,
    ...(leased_until !== undefined && { about: true }),
    holder,
    leased_until: now() + leaseMs,
  };
  await documents.commit([{ kind: "jobs", id, document: { ...taken }, ifVersion: version }]);

  const write = async (next: JobDocument, more: Parameters<typeof documents.commit>[0] = []) => {
    const current = await documents.read("jobs", id);
    if (current === undefined || read(current)?.document.holder !== holder) throw documentsConflict();
    const noted = { ...next, updated_at: now() };
    await documents.commit([{ kind: "jobs", id, document: noted, ifVersion: current.version }, ...more]);
  };
  return {
    document: taken,
    note: (next) => write(next),
    end: (next) => {
      const ended = { ...withoutLease(next), ended_at: now() };
      return write(ended, [entryOfEnd(ports, ended)]);
    },
  };
}

function entryOfEnd(ports: StepPorts, { who, how, what, done, ...job }: JobDocument) {
  const { stream_ref, reason, by, note, trouble } = job;
  const counted = what === "replay" ? { replayed: done } : { discarded: done };
  return entryOf(
    ports,
    { id: who, how },
    {
      what: what === "replay" ? "replayed" : "discarded",
      about: "dead letters that wait",
      after: { stream_ref, reason, ...counted, note, by, trouble },
    },
  );
}

function partsOf(ports: StepPorts, job: JobDocument): AsyncGenerator<Part> {
  const { what, stream_ref, reason, until, by, note = "", after } = job;
  const filter = {
    ...(stream_ref !== undefined && { stream_ref }),
    ...(reason !== undefined && { reason }),
  };
  return what === "discard"
    ? discardMany(ports, { filter, until, by, note })
    : replayMany(ports, { filter, until, by, ...(after !== undefined && { after }) });
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

function withoutLease({ holder: _holder, leased_until: _until, ...job }: JobDocument): JobDocument {
  return job;
}

/** What drives work that outlives the request that began it. A job is a document (letters/job.ts) that says
 *  how far it is; here is what calls its steps, one after the other.
 *  Drivers: a topic that pushes to admin (infra/google), a loop in the process (infra/local). */
export interface Jobs {
  /** Resolves once the step will be worked on, whatever is killed meanwhile. It may be
   *  worked on more than once.
   *  @throws queue_down */
  next(step: JobStep): Promise<void>;
}

export interface JobStep {
  readonly job: string;
  /** From 0. */
  readonly step: number;
  /** Of the job, and in no answer: whoever lacks it can have no step worked on. */
  readonly key: string;
}

/** The far end. `ack`: the step is done, or there is nothing to do. `later`: not now; the same step comes
 *  again after a pause. Never rejects. */
export type WorkStep = (step: JobStep) => Promise<"ack" | "later">;

/** A step as it travels; undefined where it is none. */
export function readStep(value: unknown): JobStep | undefined {
  const { job, step, key } = Object(value) as JobStep;
  if (typeof job !== "string" || typeof key !== "string" || !Number.isSafeInteger(step)) return undefined;
  return { job, step, key };
}

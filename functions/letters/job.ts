import { randomBytes } from "node:crypto";
import { newestFirst, type Documents, type Stored, type Write } from "../documents.ts";
import type { Jobs, JobStep } from "../jobs.ts";
import { entryOf } from "../people/audit.ts";
import { signatureOf, type Who } from "../people/who.ts";
import { asProblem } from "../problem.ts";
import { jobUnknown } from "../problems.ts";
import { apart, filterOf, type LetterFilter, waiting } from "./choose.ts";
import { countMatching } from "./many.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { LetterPorts } from "./store.ts";

/** A replay or a discard of many: a document that says what is meant and how far it is, so that it outlives
 *  the request, the browser and the process. steps.ts works on it. */

/** With which of the letters that waited it is about. */
export interface JobView extends LetterFilter {
  readonly id: string;
  readonly what: "replay" | "discard";
  readonly note?: string;
  /** Whose name stands beside the letters. */
  readonly by?: string;
  /** `failed` and `stopped`: it ended before it was through; what still waits can be begun again. */
  readonly state: "running" | "done" | "failed" | "stopped";
  /** It is to end with the batch that has begun. */
  readonly stopping?: true;
  readonly stopped_by?: string;
  /** How many there were when it began, counted up to `countedMax`. */
  readonly of: number;
  readonly done: number;
  /** The process was killed in between: a few letters more may be done than are counted. */
  readonly about?: true;
  /** Letters that stay, at most `refusedMax` of them said. */
  readonly refused: readonly { readonly stream_ref?: string; readonly why: string }[];
  readonly refused_more?: number;
  /** What the last step failed with; it is tried again while the job runs. */
  readonly trouble?: string;
  /** Unix ms, as all times here. */
  readonly started_at: number;
  readonly updated_at: number;
  readonly ended_at?: number;
  /** Of a replay that has ended, to whom asks for it alone. */
  readonly outcome?: Outcome;
  /** Why that cannot be counted. */
  readonly outcome_unknown?: string;
}

export interface JobDocument extends Omit<
  JobView,
  "id" | "stopping" | "stopped_by" | "outcome" | "outcome_unknown"
> {
  /** For the audit. */
  readonly who: string;
  readonly how: Who["how"];
  /** Letters that failed later stay out. */
  readonly failed_until: number;
  /** The step that comes next, and where it goes on. */
  readonly step: number;
  readonly after?: string;
  /** See JobStep. */
  readonly key: string;
  /** Who works on it, and until when nobody else does. */
  readonly holder?: string;
  readonly leased_until?: number;
  /** Steps in a row that failed. */
  readonly failures: number;
  /** Somebody wants it to end. */
  readonly stop?: { readonly by?: string };
}

export interface JobPorts extends LetterPorts {
  documents: Documents;
  jobs: Jobs;
  /** Unix ms. */
  now: () => number;
}

export interface Meant extends LetterFilter {
  what: "replay" | "discard";
  /** Why, where they are given up. */
  note?: string;
}

export const countedMax = 20_000;
const listedMax = 100;
/** So many are kept; the oldest that have ended give way to new ones. */
const keptMax = 200;
const removedAtOnce = 50;

/** Begins a job, or takes up the one that runs for the same letters: whoever asks twice, or after the
 *  page was gone, has one job.
 *  @param said who asks, where nobody signs in
 *  @throws queue_down, documents_down, warehouse_down */
export async function startJob(ports: JobPorts, meant: Meant, who: Who, said?: string): Promise<JobView> {
  const { documents, jobs, now } = ports;
  const stored = await readJobs(documents, keptMax + removedAtOnce);
  const running = stored.find(
    // One that is to stop leaves some of them, and whoever begins again wants those too.
    ({ document }) => document.state === "running" && document.stop === undefined && isSame(document, meant),
  );
  if (running !== undefined) {
    await jobs.next(stepOf(running));
    return viewOf(running);
  }
  const job = await newJob(ports, meant, who, said);
  const { of, by } = job.document;
  await documents.commit([
    { kind: "jobs", id: job.id, document: { ...job.document }, ifVersion: null },
    entryOf({ now }, who, {
      what: meant.what === "replay" ? "replay_started" : "discard_started",
      about: `job ${job.id}`,
      after: { ...filterOf(job.document), of, by, note: meant.note },
    }),
    ...withoutTheOldest(stored),
  ]);
  try {
    await jobs.next(stepOf(job));
  } catch (error) {
    // Nobody would ever work on it. Where even that cannot be noted, it runs on paper, and the
    // same request takes it up.
    const ended = { ...job.document, state: "failed", trouble: asProblem(error).message, ended_at: now() };
    // The error below is the one to tell.
    await documents.commit([{ kind: "jobs", id: job.id, document: ended }]).catch(() => undefined);
    throw error;
  }
  return viewOf(job);
}

async function newJob(
  ports: JobPorts,
  { what, note, ...letters }: Meant,
  who: Who,
  said: string | undefined,
): Promise<{ id: string; document: JobDocument }> {
  const at = ports.now();
  const filter = filterOf(letters);
  const matching = waiting(filter, at);
  const counted = what === "replay" ? apart(false, matching) : matching;
  const by = signatureOf(who, said);
  const document: JobDocument = {
    what,
    ...filter,
    ...(note !== undefined && { note }),
    ...(by !== undefined && { by }),
    who: who.id,
    how: who.how,
    failed_until: at,
    state: "running",
    of: await countMatching(ports, counted, countedMax),
    done: 0,
    refused: [],
    step: 0,
    key: randomBytes(16).toString("hex"),
    failures: 0,
    started_at: at,
    updated_at: at,
  };
  return { id: `${newestFirst(at)}-${randomBytes(6).toString("hex")}`, document };
}

const isSame = (one: JobDocument, meant: Meant): boolean =>
  one.what === meant.what &&
  one.stream_ref === meant.stream_ref &&
  one.reason === meant.reason &&
  one.since === meant.since &&
  one.until === meant.until;

function withoutTheOldest(stored: readonly { id: string; document: JobDocument }[]): Write[] {
  return stored
    .slice(keptMax - 1)
    .filter(({ document }) => document.state !== "running")
    .map(({ id }) => ({ kind: "jobs", id, document: null }));
}

/** The newest first. @throws documents_down */
export async function listJobs({ documents }: Pick<JobPorts, "documents">): Promise<JobView[]> {
  return (await readJobs(documents, listedMax)).map(viewOf);
}

/** With what became of its letters, where it has ended. @throws job_unknown, documents_down */
export async function lookAtJob(
  ports: Pick<JobPorts, "documents" | "letters">,
  id: string,
): Promise<JobView> {
  const stored = await ports.documents.read("jobs", id);
  const job = stored && read(stored);
  if (job === undefined) throw jobUnknown();
  const view = viewOf(job);
  const { what, state, done, about } = view;
  if (what !== "replay" || state === "running" || (done === 0 && about !== true)) return view;
  try {
    return { ...view, outcome: await outcomeOf(ports, view) };
  } catch (error) {
    // How far it is stands in the documents, and is known all the same.
    return { ...view, outcome_unknown: asProblem(error).message };
  }
}

/** The steps that come next of all that run: for a process that begins. */
export async function runningSteps({ documents }: Pick<JobPorts, "documents">): Promise<JobStep[]> {
  const stored = await readJobs(documents, keptMax + removedAtOnce);
  return stored.filter(({ document }) => document.state === "running").map(stepOf);
}

async function readJobs(documents: Documents, limit: number) {
  return (await documents.list("jobs", { limit })).flatMap((stored) => read(stored) ?? []);
}

export function read({ id, document, version }: Stored) {
  const { what, state, key, step, refused } = Object(document) as JobDocument;
  const isJob =
    (what === "replay" || what === "discard") &&
    typeof state === "string" &&
    typeof key === "string" &&
    Number.isSafeInteger(step) &&
    Array.isArray(refused);
  // An edit by hand can make anything of it: then there is no such job.
  return isJob ? { id, version, document: document as JobDocument } : undefined;
}

function stepOf({ id, document }: { id: string; document: JobDocument }): JobStep {
  return { job: id, step: document.step, key: document.key };
}

export function viewOf({ id, document }: { id: string; document: JobDocument }): JobView {
  const { who: _who, how: _how, failed_until: _until, step: _step, after: _after, ...rest } = document;
  const { key: _key, holder: _holder, leased_until: _leased, failures: _failures, stop, ...view } = rest;
  const isStopping = view.state === "running" && stop !== undefined;
  const by = view.state === "done" || view.state === "failed" ? undefined : stop?.by;
  return { id, ...view, ...(isStopping && { stopping: true }), ...(by !== undefined && { stopped_by: by }) };
}

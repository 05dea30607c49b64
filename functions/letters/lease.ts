import { randomBytes } from "node:crypto";
import type { Write } from "../documents.ts";
import type { JobStep } from "../jobs.ts";
import { entryOf } from "../people/audit.ts";
import { isProblem } from "../problem.ts";
import { documentsConflict } from "../problems.ts";
import { filterOf } from "./choose.ts";
import { type JobDocument, type JobPorts, read } from "./job.ts";

/** Who works on a job, and what only they may note of it. */

export interface Lease {
  readonly document: JobDocument;
  /** @returns whether somebody wants the job to end
   *  @throws documents_conflict where somebody else holds it by now */
  note(document: JobDocument): Promise<boolean>;
  /** With its entry in the audit. @throws as note */
  end(document: JobDocument): Promise<void>;
}

export interface LeasePorts extends Pick<JobPorts, "documents" | "now"> {
  /** Nobody else works on these documents: a lease that somebody holds is of a process that is gone. */
  isAlone?: boolean;
}

/** For the longest batch; every note of how far it is takes it anew. */
export const leaseMs = 60_000;
/** Whoever wants the job to end says so once, between two notes. */
const notesMax = 5;

/** @returns `ack` where there is nothing to do, `later` where somebody else holds it */
export async function takeLease(
  ports: LeasePorts,
  id: string,
  { step, key }: Pick<JobStep, "step" | "key">,
): Promise<Lease | "ack" | "later"> {
  const { documents, now, isAlone = false } = ports;
  const stored = await documents.read("jobs", id);
  const job = stored && read(stored);
  if (job === undefined) return "ack";
  const { document, version } = job;
  if (document.key !== key || document.state !== "running" || step < document.step) return "ack";
  // Called before it was noted: the step before it comes again, or is being noted just now.
  if (step > document.step) return "later";
  if (isHeld(document, now()) && !isAlone) return "later";
  if (document.stop !== undefined) {
    const { ended, entry } = stoppedNow(ports, document);
    await documents.commit([{ kind: "jobs", id, document: { ...ended }, ifVersion: version }, entry]);
    return "ack";
  }
  const holder = randomBytes(8).toString("hex");
  const taken: JobDocument = { ...sinceAKill(document), holder, leased_until: now() + leaseMs };
  await documents.commit([{ kind: "jobs", id, document: { ...taken }, ifVersion: version }]);
  return leaseOf(ports, { id, holder, document: taken });
}

/** One from far in the future was taken by a clock that was wrong. */
export const isHeld = ({ leased_until }: JobDocument, now: number): boolean =>
  leased_until !== undefined && leased_until > now && leased_until <= now + 2 * leaseMs;

/** A job that somebody ended, and nobody works on. */
export const stoppedNow = (ports: Pick<JobPorts, "now">, document: JobDocument) =>
  endedNow(ports, { ...sinceAKill(document), state: "stopped" });

/** A lease that was never given back was of a process that was killed: some more may be done than it
 *  noted. */
const sinceAKill = (document: JobDocument): JobDocument => ({
  ...document,
  ...(document.leased_until !== undefined && { about: true }),
});

function leaseOf(
  ports: LeasePorts,
  { id, holder, document }: { id: string; holder: string; document: JobDocument },
): Lease {
  const { documents, now } = ports;

  async function writeOnce(next: JobDocument, more: readonly Write[]): Promise<boolean> {
    const current = await documents.read("jobs", id);
    const found = current && read(current)?.document;
    if (current === undefined || found?.holder !== holder) throw documentsConflict();
    const { stop } = found;
    const noted = { ...next, ...(stop !== undefined && { stop }), updated_at: now() };
    await documents.commit([{ kind: "jobs", id, document: noted, ifVersion: current.version }, ...more]);
    return stop !== undefined;
  }

  async function write(next: JobDocument, more: readonly Write[] = []): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return await writeOnce(next, more);
      } catch (error) {
        if (!isProblem(error, documentsConflict) || tries === notesMax) throw error;
      }
    }
  }

  return {
    document,
    note: (next) => write(next),
    async end(next) {
      const { ended, entry } = endedNow(ports, next);
      await write(ended, [entry]);
    },
  };
}

/** The last word on a job, with its entry in the audit. */
function endedNow(ports: Pick<JobPorts, "now">, document: JobDocument): { ended: JobDocument; entry: Write } {
  const at = ports.now();
  const ended = { ...withoutLease(document), updated_at: at, ended_at: at };
  const { who, how, what, done, by, note, trouble } = ended;
  const counted = what === "replay" ? { replayed: done } : { discarded: done };
  const entry = entryOf(
    ports,
    { id: who, how },
    {
      what: what === "replay" ? "replayed" : "discarded",
      about: "dead letters that wait",
      after: { ...filterOf(ended), ...counted, note, by, trouble },
    },
  );
  return { ended, entry };
}

export function withoutLease({ holder: _holder, leased_until: _until, ...job }: JobDocument): JobDocument {
  return job;
}

import { entryOf } from "../people/audit.ts";
import { signatureOf, type Who } from "../people/who.ts";
import { isProblem } from "../problem.ts";
import { documentsConflict, jobUnknown } from "../problems.ts";
import { type JobDocument, type JobPorts, type JobView, read, viewOf } from "./job.ts";
import { isHeld, stoppedNow } from "./lease.ts";

/** Whoever works on the job notes something at the same moment, once a second at most. */
const triesMax = 10;

/** Ends a job that runs: what is done stays done, and what is left waits as before. Where somebody works on
 *  it just now, it ends with the batch that has begun, or with its lease where that process is gone; until
 *  then it is `stopping`. One that has ended stays as it is.
 *  @param said who asks, where nobody signs in
 *  @throws job_unknown, documents_down */
export async function stopJob(
  ports: Pick<JobPorts, "documents" | "now">,
  id: string,
  who: Who,
  said?: string,
): Promise<JobView> {
  for (let tries = 1; ; tries++) {
    try {
      return await stopOnce(ports, id, who, said);
    } catch (error) {
      if (!isProblem(error, documentsConflict) || tries === triesMax) throw error;
    }
  }
}

async function stopOnce(
  ports: Pick<JobPorts, "documents" | "now">,
  id: string,
  who: Who,
  said: string | undefined,
): Promise<JobView> {
  const { documents, now } = ports;
  const stored = await documents.read("jobs", id);
  const job = stored && read(stored);
  if (job === undefined) throw jobUnknown();
  const { document, version } = job;
  const isAsked = document.stop !== undefined;
  const mustWait = isHeld(document, now());
  if (document.state !== "running" || (isAsked && mustWait)) return viewOf(job);
  const by = signatureOf(who, said);
  const asked: JobDocument = {
    ...document,
    stop: document.stop ?? { ...(by !== undefined && { by }) },
  };
  const over = mustWait ? undefined : stoppedNow(ports, asked);
  const noted = over?.ended ?? asked;
  await documents.commit([
    { kind: "jobs", id, document: { ...noted }, ifVersion: version },
    ...(isAsked ? [] : [entryOf(ports, who, { what: "job_stopped", about: `job ${id}`, after: { by } })]),
    ...(over === undefined ? [] : [over.entry]),
  ]);
  return viewOf({ id, document: noted });
}

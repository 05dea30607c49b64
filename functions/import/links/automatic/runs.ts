import type { Documents, Stored, Write } from "../../../documents.ts";
import { isProblem } from "../../../problem.ts";
import { documentsConflict } from "../../../problems.ts";
import type { LinkedAnswer } from "../link.ts";

/** What is kept of links that are made by themselves: for each import that they are asked for, and how they
 *  ended last. */

/** How linking by itself ended last. */
export type LinkRun = { readonly ended_at: number } & (
  LinkedAnswer | { readonly code: string; readonly detail: string }
);

export type RunDocument = LinkRun & {
  /** The last night that was worked on: the day, in the import's zone, on which it ended. */
  readonly night?: string;
};

type Ports = { readonly documents: Documents };

/** Has the events of an import linked soon: written together with what makes it worth it. One ask an import,
 *  the last one. */
export function askOf(importId: string, at: number): Write {
  return { kind: "link_asks", id: importId, document: { asked_at: at } };
}

/** What comes within so long is linked together. */
export const soonMs = 60_000;
const triesMax = 3;

/** The same where events come one by one, all the time: an ask that is not begun yet holds for what is there.
 *  @param now Unix ms
 *  @returns for how many ms what comes is linked with what is there; 0 where the next one has to ask
 *  @throws documents_down */
export async function askSoon({ documents }: Ports, importId: string, now: number): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const stored = await documents.read("link_asks", importId);
    const { asked_at, begun } = Object(stored?.document) as { asked_at?: number; begun?: boolean };
    if (asked_at !== undefined && begun !== true) return Math.min(Math.max(0, asked_at - now), soonMs);
    const ask = askOf(importId, now + soonMs);
    try {
      await documents.commit([{ ...ask, ifVersion: stored?.version ?? null }]);
      return soonMs;
    } catch (error) {
      // Somebody else asked, or it was begun or done just now.
      if (!isProblem(error, documentsConflict)) throw error;
    }
  }
  return 0;
}

/** Notes that the links are about to be made: what comes from now on has to ask anew.
 *  @returns the ask, to be forgotten once they are made; undefined where somebody else begins it
 *  @throws documents_down */
export async function beginAsk(
  { documents }: Ports,
  { id, document, version }: Stored,
): Promise<Stored | undefined> {
  const begun = { ...(document as object), begun: true };
  try {
    await documents.commit([{ kind: "link_asks", id, document: begun, ifVersion: version }]);
  } catch (error) {
    if (isProblem(error, documentsConflict)) return undefined;
    throw error;
  }
  return documents.read("link_asks", id);
}

/** @throws documents_down */
export async function readRun({ documents }: Ports, importId: string): Promise<RunDocument | undefined> {
  return (await documents.read("link_runs", importId))?.document as RunDocument | undefined;
}

/** @throws documents_down */
export async function keepRun({ documents }: Ports, importId: string, run: RunDocument): Promise<void> {
  await documents.commit([{ kind: "link_runs", id: importId, document: { ...run } }]);
}

/** Undefined before the first time. @throws documents_down */
export async function lastRun(ports: Ports, importId: string): Promise<LinkRun | undefined> {
  const run = await readRun(ports, importId);
  if (run === undefined) return undefined;
  const { night: _night, ...shown } = run;
  return shown;
}

import type { Stored } from "../../../documents.ts";
import type { Log } from "../../../log.ts";
import { asProblem, internal, isProblem } from "../../../problem.ts";
import { documentsConflict, importUnknown } from "../../../problems.ts";
import { openSteps, type Steps } from "../../../steps.ts";
import { calendarOf } from "../../../streams/calendar.ts";
import { findImport, listImports, type ImportView } from "../../registered/imports.ts";
import { linkImport, type AskedPorts } from "../asked.ts";
import { beginAsk, keepRun, readRun, soonMs, type RunDocument } from "./runs.ts";

/** Links that are made by themselves, for imports that keep which web events theirs are: soon after a file
 *  that brought events, or a change of the web events; and once a night, since web data comes late. What is
 *  due stands in the documents, so that it outlives whoever works on it. */

export interface DuePorts extends AskedPorts {
  readonly log: Log;
  /** Aborted where the process ends: what fails then is no fault of the links. */
  readonly ending?: AbortSignal;
}

/** The night of a day ends so long after midnight: most web data of the day before is there by then. */
const nightMs = 4 * 3_600_000;
/** What failed is tried again after so long, or when it is asked for anew. */
const againMs = 3_600_000;
const asksMax = 1_000;

/** Links the events of one import whose turn it is.
 *  @param when.askedBefore what was asked for later is left for later: many files are linked together
 *  @returns whether there may be more
 *  @throws documents_down, documents_conflict, after those that can be linked */
export async function linkDue(ports: DuePorts, when: { askedBefore: number }): Promise<boolean> {
  const steps = openSteps(ports.ending);
  for (const ask of await ports.documents.list("link_asks", { limit: asksMax }))
    if ((await steps.take(() => linkAsked(ports, ask, when))) === true) return true;
  if (await linkOfNight(ports, steps)) return true;
  steps.end();
  return false;
}

async function linkAsked(ports: DuePorts, ask: Stored, when: { askedBefore: number }): Promise<boolean> {
  const askedAt = Number(Reflect.get(Object(ask.document), "asked_at"));
  // One that lies further ahead is of a clock that was set back since.
  if (askedAt > when.askedBefore && askedAt <= ports.now() + soonMs) return false;
  const one = await importThere(ports, ask.id);
  if (one?.web_events === undefined) {
    await forget(ports, ask);
    return false;
  }
  const run = await readRun(ports, ask.id);
  if (failedLately(ports, run) && askedAt <= run!.ended_at) return false;
  const begun = await beginAsk(ports, ask);
  if (begun === undefined) return false;
  if (await linkOne(ports, one, run)) await forget(ports, begun);
  return true;
}

async function linkOfNight(ports: DuePorts, steps: Steps): Promise<boolean> {
  for (let after: string | undefined; ;) {
    const { imports, next } = await listImports(ports, { after, limit: 100 });
    for (const one of imports) {
      if (one.web_events === undefined) continue;
      const isLinked = await steps.take(async () => {
        const run = await readRun(ports, one.name);
        if (run?.night === nightOf(ports, one) || failedLately(ports, run)) return false;
        await linkOne(ports, one, run);
        return true;
      });
      if (isLinked === true) return true;
    }
    if (next === undefined) return false;
    after = next;
  }
}

/** @returns whether it was done; how it ended is in its document either way */
async function linkOne(ports: DuePorts, one: ImportView, before: RunDocument | undefined): Promise<boolean> {
  const night = nightOf(ports, one);
  try {
    const done = await linkImport(ports, one.name, {});
    await keepRun(ports, one.name, { ended_at: ports.now(), night, ...done });
    return true;
  } catch (error) {
    if (ports.ending?.aborted === true) throw error;
    const problem = asProblem(error);
    const { code, message: detail } = problem;
    // The sentence of a warehouse may quote a row: whoever may see payloads finds it in the report.
    ports.log("WARNING", "Events of an import could not be linked; it is tried again in an hour.", {
      event: "import_not_linked",
      import: one.name,
      code,
      ...(isProblem(problem, internal) && { detail: String(problem.cause) }),
    });
    const last = before?.night === undefined ? {} : { night: before.night };
    await keepRun(ports, one.name, { ended_at: ports.now(), ...last, code, detail });
    return false;
  }
}

function nightOf({ now }: DuePorts, { zone }: ImportView): string {
  return calendarOf(zone)!(now() - nightMs);
}

function failedLately({ now }: DuePorts, run: RunDocument | undefined): boolean {
  // Either way: the clock may have been set back since.
  return run !== undefined && "code" in run && Math.abs(now() - run.ended_at) < againMs;
}

/** Undefined where somebody removed it by hand. */
async function importThere(ports: DuePorts, name: string): Promise<ImportView | undefined> {
  try {
    return await findImport(ports, name);
  } catch (error) {
    if (isProblem(error, importUnknown)) return undefined;
    throw error;
  }
}

async function forget({ documents }: DuePorts, { id, version }: Stored): Promise<void> {
  try {
    await documents.commit([{ kind: "link_asks", id, document: null, ifVersion: version }]);
  } catch (error) {
    // It was asked for again meanwhile: that ask stays.
    if (!isProblem(error, documentsConflict)) throw error;
  }
}

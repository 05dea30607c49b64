import type { KeptFiles } from "../../files.ts";
import type { Log } from "../../log.ts";
import { asProblem, internal, isProblem } from "../../problem.ts";
import { documentsConflict, documentsDown, filesDown, importUnknown } from "../../problems.ts";
import type { AuditPorts } from "../../people/audit.ts";
import { openSteps } from "../../steps.ts";
import { todayOf } from "../days/deadline.ts";
import { FileFault } from "../faults.ts";
import { daysBefore } from "../fields/date.ts";
import { receiveFile } from "../load/arrivals.ts";
import { listImports, type ImportView } from "../registered/imports.ts";
import { isDue, isNewRound, seenAt, settleLooksMax } from "./due.ts";
import { beginLook, type Looked, lookedWrite, nothingSeen, readLooked } from "./state.ts";
import { faultOf, noDay, noRows, openShared, type Shared, type TablePorts } from "./table.ts";

/** Tables that somebody shares instead of sending files. Of each day of the last seven it is asked how many
 *  rows there are and what they add up to; a day that is another one than before, and stays so, is read and
 *  arrives as a file of its own: from there on it goes the way of all files. A day that has not changed costs
 *  nothing but the question. */

export interface SharedPorts extends AuditPorts, TablePorts {
  readonly keptFiles: KeptFiles;
  readonly log: Log;
  /** Where more than one process may look: so long one is let alone. */
  readonly heldMs?: number;
}

/** Days that are looked at, today among them. */
const daysMax = 8;
const importsAtOnce = 100;

/** Looks at tables whose turn it is, until something arrives.
 *  @returns whether something arrived
 *  @throws documents_down, files_down, …, after those that can be looked at */
export async function lookAtTables(ports: SharedPorts): Promise<boolean> {
  const steps = openSteps();
  for (let after: string | undefined; ;) {
    const { imports, next } = await listImports(ports, { after, limit: importsAtOnce });
    for (const one of imports)
      if (one.table !== undefined && (await steps.take(() => lookAt(ports, one))) === true) return true;
    if (next === undefined) {
      steps.end();
      return false;
    }
    after = next;
  }
}

async function lookAt(ports: SharedPorts, one: ImportView): Promise<boolean> {
  const now = ports.now();
  const stored = await readLooked(ports, one.name);
  if (!isDue(one, stored?.looked, now)) return false;
  const held = heldUntil(ports, now);
  if (held !== undefined && !(await beginLook(ports, one.name, stored, { now, until: held.held_until })))
    return false;
  const { held_until: _held, ...before } =
    stored?.looked.table === one.table ? stored!.looked : nothingSeen(one.table!);
  const { arrived, fault } = await take(ports, one, before).catch((error: unknown): Taken => ({
    arrived: false,
    fault: error,
  }));
  if (fault === undefined) return arrived;
  const trouble = troubleOf(ports, one, fault);
  if (trouble === undefined) throw fault;
  // Not from before: what arrived would come again.
  const noted = (await readLooked(ports, one.name))?.looked;
  const {
    asked: _asked,
    held_until: _until,
    ...kept
  } = noted?.table === one.table ? noted! : nothingSeen(one.table!);
  const last = before.trouble;
  const at = last?.code === trouble.code ? last.at : now;
  await ports.documents.commit([
    lookedWrite(one.name, { ...kept, looked_at: now, trouble: { ...trouble, at } }),
  ]);
  // Once, and not every ten minutes.
  if (at === now)
    ports.log("WARNING", "A shared table cannot be read; it is tried again.", {
      event: "table_not_read",
      import: one.name,
      code: trouble.code,
    });
  return arrived;
}

interface Taken {
  readonly arrived: boolean;
  /** Of the first day that cannot be read: the others arrive all the same. */
  readonly fault?: unknown;
}

async function take(ports: SharedPorts, one: ImportView, before: Looked): Promise<Taken> {
  const now = ports.now();
  const today = todayOf(one.zone, now);
  const days = { first: daysBefore(today, daysMax - 1), last: today };
  const table = await openShared(ports, one);
  const seen = await table.seenDays(days, { before: before.seen, at: seenAt(one, before, now) });
  const taken = within(before.taken, days);
  const changed = [...new Set([...Object.keys(seen), ...Object.keys(taken)])].filter(
    (day) => (seen[day]?.print ?? noRows) !== (taken[day] ?? noRows),
  );
  const looks = isNewRound(one, before, now) ? 1 : before.looks + 1;
  const due = changed
    .filter(
      (day) => before.seen[day]?.print === seen[day]?.print || (looks >= settleLooksMax && day !== today),
    )
    .sort();
  const pending = due.length < changed.length && looks < settleLooksMax;
  const wider = await table.isWider();
  let looked: Looked = { table: one.table!, looked_at: now, seen, taken, pending, looks, wider };
  const faults: unknown[] = [];
  for (const [at, day] of due.entries()) {
    const next = { ...looked, taken: { ...looked.taken, [day]: seen[day]?.print ?? noRows } };
    // Whoever is cut off between two days goes on soon.
    const between = at === due.length - 1 ? {} : { pending: true, ...heldUntil(ports, now) };
    const since = seen[day]?.since ?? seenAt(one, before, now);
    try {
      await arrive(ports, one, table, { day, since, looked: { ...next, ...between } });
      looked = next;
    } catch (error) {
      if (troubleOf(ports, one, error) === undefined) throw error;
      faults.push(error);
    }
  }
  const arrived = due.length > faults.length;
  if (faults.length > 0 || !arrived) await ports.documents.commit([lookedWrite(one.name, looked)]);
  return { arrived, fault: faults[0] };
}

const heldUntil = ({ heldMs }: SharedPorts, now: number) =>
  heldMs === undefined ? undefined : { held_until: now + heldMs };

/** Those that may still be read; older ones stay as they were taken. */
function within<Of>(all: Readonly<Record<string, Of>>, { first }: { first: string }): Record<string, Of> {
  return Object.fromEntries(Object.entries(all).filter(([day]) => day === noDay || day >= first));
}

async function arrive(
  ports: SharedPorts,
  one: ImportView,
  table: Shared,
  { day, since, looked }: { day: string; since: number; looked: Looked },
): Promise<void> {
  await receiveFile({ ...ports, arrived: () => undefined }, tableReader, {
    importName: one.name,
    name: `${one.table}$${day.replaceAll("-", "")}`,
    bytes: await table.rowsOf(day),
    source: "table",
    arrivedAt: since,
    ...(table.hasNumbers && { numberFormat: "dot" }),
    writes: [lookedWrite(one.name, looked)],
  });
}

/** Nobody sent the file: it was read. */
const tableReader = { id: "afterclick", how: "table" } as const;

/** Undefined where it is not the table that is at fault, or its warehouse. */
function troubleOf(
  ports: SharedPorts,
  one: ImportView,
  error: unknown,
): { code: string; detail: string } | undefined {
  const problem = asProblem(error);
  if (isProblem(problem, documentsDown, documentsConflict, filesDown, importUnknown)) return undefined;
  if (isProblem(problem, internal) && !(error instanceof FileFault)) return undefined;
  const { code, message } = faultOf(ports, one.table!, error);
  return { code, detail: message };
}

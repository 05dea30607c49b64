import { counted } from "../counted.ts";
import { isUuid } from "../hit.ts";
import type { LetterPorts } from "../letters/store.ts";
import { countWaiting, type WaitingCount } from "../letters/waiting.ts";
import { asProblem, asRead } from "../problem.ts";
import type { Backlog, Depth, Queue } from "../queue.ts";
import type { Registry } from "../registry.ts";
import { readAll } from "../streams/reading.ts";
import type { Datasets } from "../streams/stream.ts";
import { within } from "../within.ts";

/** How long each part may take to answer, in ms. */
export const checkDeadlineMs = 5_000;
/** With less, queries end; with a quarter of it, hits are refused (docs/embedded.md). */
const freeBytesMin = 256 * 1024 * 1024;

interface Check {
  name: string;
  ok: boolean;
  detail?: string;
}

/** The disk that the data lies on. */
export interface Disk {
  readonly free_bytes: number;
  /** By the files of the data folder. */
  readonly used_bytes: number;
}

export interface StatusPorts extends LetterPorts, Datasets {
  registry: Pick<Registry, "list">;
  queue: Pick<Queue, "check">;
  backlog: Pick<Backlog, "depth">;
  /** What is wrong with a part whose answers do not show it, a sentence each; nothing where left out. */
  amiss?: () => ReadonlyMap<"queue" | "registry" | "warehouse", string>;
  /** Only where the data lies on a disk. */
  disk?: () => Disk;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
  version: string;
}

/** What cannot be told is left out, and its check says why. */
export interface Status {
  readonly version: string;
  readonly collect_url: string;
  readonly queue: Depth;
  readonly dead_letters: Partial<WaitingCount>;
  readonly streams: { readonly total?: number; readonly invalid?: number };
  readonly disk?: Disk;
  /** By name. */
  readonly checks: readonly Check[];
}

/** How everything is. Says so whatever is broken: a part that fails is a check that is
 *  not ok, never an error. */
export async function statusOf(ports: StatusPorts): Promise<Status> {
  const { registry, queue, backlog, collectUrl, version } = ports;
  const checks: Check[] = [];
  const [depth, streams, deadLetters] = await Promise.all([
    look(ports, "queue", checks, async () => {
      await queue.check();
      return backlog.depth();
    }),
    look(ports, "registry", checks, async () => {
      const shown = readAll(await registry.list(), ports).filter(({ removed }) => !removed);
      const invalid = shown.filter(({ id, lookup }) => lookup.kind === "invalid" || !isUuid(id)).length;
      return { total: shown.length, invalid };
    }),
    look(ports, "warehouse", checks, () => countWaiting(ports)),
  ]);
  if (depth.grows_since !== undefined) checks.push(growing(depth.grows_since, depth.waiting));
  const disk = diskOf(ports, checks);
  checks.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    version,
    collect_url: collectUrl,
    queue: depth,
    dead_letters: deadLetters,
    streams,
    ...(disk !== undefined && { disk }),
    checks,
  };
}

/** A disk that fills up is told before it is full. */
function diskOf({ disk }: Pick<StatusPorts, "disk">, checks: Check[]): Disk | undefined {
  if (disk === undefined) return undefined;
  let found: Disk;
  try {
    found = disk();
  } catch (error) {
    checks.push({ name: "disk", ok: false, detail: explain(error) });
    return undefined;
  }
  const ok = found.free_bytes >= freeBytesMin;
  const left = `${Math.floor(found.free_bytes / 1_000_000)} MB`;
  checks.push({
    name: "disk",
    ok,
    ...(!ok && {
      detail: `Only ${left} are free; make it more than ${Math.ceil(freeBytesMin / 1_000_000)} MB.`,
    }),
  });
  return found;
}

/** @returns what is left out of the answer where it cannot be told */
async function look<Found extends object>(
  { amiss }: Pick<StatusPorts, "amiss">,
  name: "queue" | "registry" | "warehouse",
  checks: Check[],
  work: () => Promise<Found>,
): Promise<Partial<Found>> {
  const late = (): Partial<Found> => {
    checks.push({
      name,
      ok: false,
      detail: `No answer in ${checkDeadlineMs / 1000} s.`,
    });
    return {};
  };
  // Started inside a promise: what throws at once is caught as well.
  const looked = Promise.resolve()
    .then(work)
    .then(
      (found) => ({ found, failure: undefined }),
      (error: unknown) => ({
        found: undefined,
        failure: error ?? new Error("It failed without a reason."),
      }),
    );
  const result = await within<Awaited<typeof looked> | undefined>(checkDeadlineMs, looked, () => undefined);
  const wrong = amiss?.().get(name);
  if (wrong !== undefined) {
    checks.push({ name, ok: false, detail: wrong });
    return result?.found ?? {};
  }
  if (result === undefined) return late();
  if (result.found === undefined) {
    checks.push({ name, ok: false, detail: explain(result.failure) });
    return {};
  }
  checks.push({ name, ok: true });
  return result.found;
}

/** Hits are safe in the queue, so nothing else would be wrong. */
function growing(since: number, waiting: number | undefined): Check {
  const at = new Date(since).toISOString();
  const wait = waiting === undefined ? "" : `, ${counted(waiting, "waits", "wait")}`;
  const detail = `More hits arrive than become rows since ${at}${wait}. Look for failed deliveries in the log, and at the load of the machine.`;
  return { name: "backlog", ok: false, detail };
}

/** The admin is the operator: the reason that senders do not get is for them. */
function explain(error: unknown): string {
  const problem = asProblem(asRead(error));
  const { facts } = problem;
  const why = typeof facts === "object" && facts !== null && "why" in facts ? String(facts.why) : undefined;
  return why === undefined || problem.message.includes(why) ? problem.message : `${problem.message} (${why})`;
}

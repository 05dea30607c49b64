import { counted } from "../counted.ts";
import { isUuid } from "../hit.ts";
import { asProblem } from "../problem.ts";
import { within } from "../within.ts";
import type { LetterPorts } from "../letters/store.ts";
import type { Backlog, Queue } from "../queue.ts";
import type { Registry } from "../registry.ts";
import type { Datasets } from "../streams/stream.ts";
import { selectStates } from "../letters/states.ts";
import { json, jsonAnswer, route, type Route } from "./route.ts";
import { readAll } from "../streams/reading.ts";
import { count, object, ref, type Schemas, text, unixMs } from "./schema.ts";

/** How long each part may take to answer, in ms. */
export const checkDeadlineMs = 5_000;
/** Dead letters are counted to here. */
const countedMax = 10_000;

interface Check {
  name: string;
  ok: boolean;
  detail?: string;
}

interface StatusPorts extends LetterPorts, Datasets {
  registry: Pick<Registry, "list">;
  queue: Pick<Queue, "check">;
  backlog: Pick<Backlog, "depth">;
  /** What is wrong with a part whose answers do not show it, a sentence each; nothing where left out. */
  amiss?: () => ReadonlyMap<"queue" | "registry" | "warehouse", string>;
  /** Under which address the world reaches collect, without a slash at its end. */
  collectUrl: string;
  version: string;
}

/** How everything is. Says so whatever is broken: a part that fails is a check that is not ok, never an error. */
export function statusRoutes(ports: StatusPorts): Route[] {
  const { registry, queue, backlog, collectUrl, version } = ports;

  /** @returns what is left out of the answer where it cannot be told */
  async function look<Found extends object>(
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
    const amiss = ports.amiss?.().get(name);
    if (amiss !== undefined) {
      checks.push({ name, ok: false, detail: amiss });
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

  return [
    route({
      method: "GET",
      path: "/v1/status",
      operation: "status",
      role: "viewer",
      payloads: "none",
      summary: "How everything is: the queue, the registry, the warehouse, what waits",
      answer: jsonAnswer(
        "The status; a part that cannot be told is left out, and its check says why",
        ref("Status"),
      ),
      problems: [],
      async handle() {
        const checks: Check[] = [];
        const [depth, streams, deadLetters] = await Promise.all([
          look("queue", checks, async () => {
            await queue.check();
            return backlog.depth();
          }),
          look("registry", checks, async () => {
            const shown = readAll(await registry.list(), ports).filter(({ removed }) => !removed);
            const invalid = shown.filter(({ id, lookup }) => lookup.kind === "invalid" || !isUuid(id)).length;
            return { total: shown.length, invalid };
          }),
          look("warehouse", checks, async () => {
            const where = [{ column: "state", is: "=", value: "waiting" }] as const;
            const { length } = await selectStates(ports, {
              columns: ["hit_id"],
              where,
              limit: countedMax + 1,
            });
            return length > countedMax ? { waiting: countedMax, at_least: true } : { waiting: length };
          }),
        ]);
        if (depth.grows_since !== undefined) checks.push(growing(depth.grows_since, depth.waiting));
        checks.sort((a, b) => (a.name < b.name ? -1 : 1));
        return json({
          version,
          collect_url: collectUrl,
          queue: depth,
          dead_letters: deadLetters,
          streams,
          checks,
        });
      },
    }),
  ];
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
  const problem = asProblem(error);
  const { facts } = problem;
  const why = typeof facts === "object" && facts !== null && "why" in facts ? String(facts.why) : undefined;
  return why === undefined || problem.message.includes(why) ? problem.message : `${problem.message} (${why})`;
}

/** The answer about everything. */
export const statusSchemas: Schemas = {
  Status: object({
    version: text,
    collect_url: text,
    queue: object(
      {},
      {
        waiting: count,
        oldest_received_at: unixMs,
        grows_since: { ...unixMs, description: "Only where the backlog has grown for 10 minutes or longer" },
      },
    ),
    dead_letters: object(
      {},
      {
        waiting: { ...count, description: "Absent while it cannot be told" },
        at_least: { const: true, description: "There are more than so many" },
      },
    ),
    streams: object(
      {},
      {
        total: count,
        invalid: {
          ...count,
          description: "Invalid documents, and ids that no address reaches",
        },
      },
    ),
    checks: {
      type: "array",
      items: object({ name: text, ok: { type: "boolean" } }, { detail: text }),
    },
  }),
};

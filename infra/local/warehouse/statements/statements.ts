import { createHash } from "node:crypto";
import { BoundedMap } from "../../../../functions/bounded.ts";
import type { Problem } from "../../../../functions/problem.ts";
import { askLess, queryRefused, warehouseBusy } from "../../../../functions/problems.ts";
import { checkStatement } from "../../../../functions/statement.ts";
import { oneByOne } from "../../thread/in-turn.ts";
import { WorkerError, type Caller } from "../../thread/worker.ts";
import type { Statement, WarehouseApi } from "../warehouse.ts";

/** People's statements as the server sees them: one at a time, so that the one that ends the
 *  warehouse's process is known. DuckDB ends most at a deadline by itself; where it does not, its
 *  process is ended, and begun again. */

/** Statements that may wait. */
const waitingMax = 16;
/** How long a statement that was told to end may take before the process is ended: far more than DuckDB's own
 *  ways need on a busy machine. */
export const graceMsDefault = 5_000;
/** A statement that ended the process so often is not run again, until it was not asked for in an hour. */
const deathsMax = 2;
const rememberedMs = 3_600_000;
const rememberedMax = 1_000;

export interface Asked {
  readonly sql: string;
  /** How long its turn may take to come. */
  readonly waitMs: number;
  /** How long it may run from then on. */
  readonly deadlineMs: number;
  /** Aborted when nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface Statements {
  /** Has a statement run in its turn.
   *  @throws query_refused; warehouse_busy where its turn did not come; what `ask` rejects with */
  run<Result>(asked: Asked, ask: (statement: Statement) => Promise<Result>): Promise<Result>;
  /** Ends the one that runs, and refuses those that wait. */
  stop(): Promise<void>;
}

export function createStatements(
  caller: Pick<Caller<WarehouseApi>, "call" | "kill">,
  graceMs: number,
): Statements {
  const inLine = oneByOne(waitingMax, () =>
    warehouseBusy({ why: `${waitingMax} other queries are waiting` }),
  );
  const deaths = rememberDeaths();
  const stopping = new AbortController();
  let ids = 0;
  let running: Promise<unknown> | undefined;

  async function run<Result>(
    { sql, waitMs, deadlineMs, signal }: Asked,
    ask: (statement: Statement) => Promise<Result>,
  ): Promise<Result> {
    checkStatement(sql);
    const leaving = new AbortController();
    const leave = () => leaving.abort(abandoned());
    const refuse = () => leaving.abort(stopped());
    const why = `Other queries run, and none ended within ${waitMs / 1000} s`;
    const late = setTimeout(() => leaving.abort(warehouseBusy({ why })), waitMs);
    signal?.addEventListener("abort", leave, { once: true });
    stopping.signal.addEventListener("abort", refuse, { once: true });
    if (signal?.aborted === true) leave();
    if (stopping.signal.aborted) refuse();
    try {
      return await inLine(async () => {
        clearTimeout(late);
        // Where the process is just begun again, that is no part of the statement's time.
        await caller.call("ready", undefined);
        leaving.signal.throwIfAborted();
        const turn = inTurn({ id: (ids += 1), sql, deadlineMs }, leaving.signal, ask);
        // Whoever asked hears of its failure; `stop` only waits for its end.
        running = turn.catch(() => undefined);
        return await turn;
      }, leaving.signal);
    } finally {
      clearTimeout(late);
      signal?.removeEventListener("abort", leave);
      stopping.signal.removeEventListener("abort", refuse);
    }
  }

  async function inTurn<Result>(
    statement: Statement,
    left: AbortSignal,
    ask: (statement: Statement) => Promise<Result>,
  ): Promise<Result> {
    const { id, sql, deadlineMs } = statement;
    if (deaths.of(sql) >= deathsMax) throw refusedForGood();
    let isOverdue = false;
    const end = () => {
      isOverdue = true;
      caller.kill("a query did not end when it was told to");
    };
    let timer = setTimeout(end, deadlineMs + graceMs);
    const abandon = () => {
      // Where it is not heard, the timer ends the process.
      caller.call("abandon", id).catch(() => undefined);
      clearTimeout(timer);
      timer = setTimeout(end, graceMs);
    };
    left.addEventListener("abort", abandon, { once: true });
    try {
      return await ask(statement);
    } catch (error) {
      if (!(error instanceof WorkerError) || error.code !== "worker_died") throw error;
      if (stopping.signal.aborted) throw stopped();
      deaths.add(sql);
      throw ended(
        isOverdue
          ? "The query did not end when it was told to, and the warehouse's process was ended for it"
          : "The warehouse's process ended while the query ran",
        error,
      );
    } finally {
      clearTimeout(timer);
      left.removeEventListener("abort", abandon);
    }
  }

  return {
    run,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** How often a statement has ended the process, by its hash: the texts hold people's words. */
function rememberDeaths() {
  const remembered = new BoundedMap<string, { count: number; at: number }>(rememberedMax);
  const hashOf = (sql: string): string => createHash("sha256").update(sql).digest("base64");
  const of = (sql: string): number => {
    const found = remembered.get(hashOf(sql));
    return found !== undefined && performance.now() - found.at < rememberedMs ? found.count : 0;
  };
  return {
    of,
    add(sql: string): void {
      const hash = hashOf(sql);
      const count = of(sql) + 1;
      remembered.set(hash, { count, at: performance.now() });
    },
  };
}

function abandoned(): Problem {
  return queryRefused({ why: "Nobody waits for the query any more.", advice: "Ask again." });
}

function stopped(): Problem {
  return queryRefused({ why: "The server is stopping.", advice: "Ask again when it runs." });
}

function ended(why: string, cause: unknown): Problem {
  const advice = `${askLess} A query that does this ${deathsMax} times is not run again.`;
  return queryRefused({ why: `${why}.`, advice }, cause);
}

function refusedForGood(): Problem {
  return queryRefused({
    why: `This query has ended the warehouse's process ${deathsMax} times; it is not run again.`,
    advice: "Write it with fewer joins, fewer levels or smaller values.",
  });
}

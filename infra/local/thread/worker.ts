import { once } from "node:events";
import { Worker, parentPort, type Transferable } from "node:worker_threads";

/** Calls into a worker thread, typed by one interface that both sides share:
 *
 *      type Api = { add(terms: number[]): number };          // one argument, one reply, both structured-cloneable
 *      serve<Api>({ add: (terms) => … });                    // in add.worker.ts
 *      const adder = openWorker<Api>(new URL("./add.worker.ts", import.meta.url), { name: "adder" });
 *      await adder.call("add", [1, 2]);
 *
 *  A worker that dies (an uncaught error, an exit) rejects what it still owed with `worker_died`; the next call opens
 *  it again, after a pause that grows while it keeps dying. So the product goes on without a restart. */

// A call has one argument; `never` lets every such function in, whatever its argument is.
type Calls<Api> = { [Name in keyof Api]: (request: never) => unknown };
type Request<Call> = Call extends (request: infer R) => unknown ? R : never;
type Reply<Call> = Call extends (request: never) => infer R ? Awaited<R> : never;

export interface Caller<Api extends Calls<Api>> {
  /** @param transfer buffers of the request that move instead of being copied
   *  @throws WorkerError: what the handler threw, or `worker_died` */
  call<Name extends keyof Api & string>(
    name: Name,
    request: Request<Api[Name]>,
    transfer?: Transferable[],
  ): Promise<Reply<Api[Name]>>;
  /** Lets the calls under way end, then the worker; kills it where that takes longer than `closeMsMax`. */
  close(): Promise<void>;
}

/** An error from the other thread; `code` and `given` are what the thrown error carried under these names. */
export class WorkerError extends Error {
  readonly code: string | undefined;
  readonly given: unknown;
  constructor(message: string, code: string | undefined, given: unknown) {
    super(message);
    this.name = "WorkerError";
    this.code = code;
    this.given = given;
  }
}

/** The words of whatever led to an error; of a thread that died, of what it died. */
export function whyOf(error: unknown): string {
  if (error instanceof WorkerError && error.cause !== undefined) return whyOf(error.cause);
  const { message } = (error ?? {}) as { message?: unknown };
  return String(message ?? error).replace(/\.$/, "");
}

export const closeMsMax = 10_000;
const pauseMsMin = 100;
const pauseMsMax = 5_000;

interface Question {
  id: number;
  name: string;
  request: unknown;
}
interface Answer {
  id: number;
  reply?: unknown;
  failure?: { message: string; code: string | undefined; given: unknown };
}
interface Owed {
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

/** @param options.name shows in debuggers and in errors
 *  @param options.data arrives as `workerData`
 *  @param options.onDeath called once for each death, before what was owed is rejected */
export function openWorker<Api extends Calls<Api>>(
  file: URL,
  options: { name: string; data?: unknown; onDeath?: (error: Error) => void },
): Caller<Api> {
  const owed = new Map<number, Owed>();
  let worker: Worker | undefined;
  let ids = 0;
  let pauseMs = 0;
  let openAt = 0;
  let waiting: Promise<void> | undefined;
  let closed = false;

  function open(): Worker {
    const opened = new Worker(file, {
      name: options.name,
      workerData: options.data,
      execArgv: [],
    });
    let cause: unknown;
    opened.on("message", ({ id, reply, failure }: Answer) => {
      pauseMs = 0;
      const call = owed.get(id);
      owed.delete(id);
      if (failure === undefined) call?.resolve(reply);
      else call?.reject(new WorkerError(failure.message, failure.code, failure.given));
    });
    opened.on("error", (error) => (cause = error));
    opened.on("exit", (code) => {
      worker = undefined;
      const why = cause === undefined ? `exit code ${code}` : whyOf(cause);
      const error = new WorkerError(`The worker ${options.name} ended: ${why}.`, "worker_died", undefined);
      error.cause = cause;
      pauseMs = Math.min(Math.max(pauseMs * 2, pauseMsMin), pauseMsMax);
      openAt = performance.now() + pauseMs;
      if (!closed) options.onDeath?.(error);
      const calls = [...owed.values()];
      owed.clear();
      for (const call of calls) call.reject(error);
    });
    return opened;
  }

  function post(name: string, request: unknown, transfer: Transferable[] | undefined): Promise<unknown> {
    if (closed)
      return Promise.reject(
        new WorkerError(`The worker ${options.name} is closed.`, "worker_closed", undefined),
      );
    worker ??= open();
    const target = worker;
    const id = ++ids;
    return new Promise((resolve, reject) => {
      owed.set(id, { resolve, reject });
      try {
        target.postMessage({ id, name, request } satisfies Question, transfer);
      } catch (error) {
        owed.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  function reopening(): Promise<void> | undefined {
    const restMs = openAt - performance.now();
    if (worker !== undefined || restMs <= 0) return undefined;
    waiting ??= new Promise((resolve) =>
      setTimeout(() => {
        waiting = undefined;
        resolve();
      }, restMs),
    );
    return waiting;
  }

  return {
    call(name, request, transfer) {
      const pause = reopening();
      const reply = pause ? pause.then(() => post(name, request, transfer)) : post(name, request, transfer);
      // The one place where the types of the two sides meet: `serve` answers each name with its own reply.
      return reply as Promise<Reply<Api[typeof name]>>;
    },
    async close() {
      if (closed) return;
      const ending = worker;
      const last = ending && post(closeName, undefined, undefined).catch(() => undefined);
      closed = true;
      if (ending === undefined) return;
      const timer = setTimeout(() => void ending.terminate(), closeMsMax);
      const exit = ending.threadId === -1 ? undefined : once(ending, "exit");
      await Promise.all([last, exit]);
      clearTimeout(timer);
    },
  };
}

const closeName = "close worker";

/** A reply whose buffers move to the other side instead of being copied. */
export class Moved<Reply> {
  readonly reply: Reply;
  readonly transfer: Transferable[];
  constructor(reply: Reply, transfer: Transferable[]) {
    this.reply = reply;
    this.transfer = transfer;
  }
}

type Handlers<Api extends Calls<Api>> = {
  [Name in keyof Api]: (
    request: Request<Api[Name]>,
  ) => Reply<Api[Name]> | Moved<Reply<Api[Name]>> | Promise<Reply<Api[Name]> | Moved<Reply<Api[Name]>>>;
};

/** The worker's side. What is thrown while the worker's file loads is a death; what a handler throws is an answer.
 *  @param close runs last, after the calls under way */
export function serve<Api extends Calls<Api>>(
  handlers: Handlers<Api>,
  close?: () => void | Promise<void>,
): void {
  if (parentPort === null) throw new Error("This file runs in a worker thread only.");
  const port = parentPort;
  const running = new Set<Promise<void>>();
  const byName = new Map<string, (request: never) => unknown>(Object.entries(handlers));

  function answer(id: number, outcome: unknown): void {
    if (outcome instanceof Moved)
      port.postMessage({ id, reply: outcome.reply } satisfies Answer, outcome.transfer);
    else port.postMessage({ id, reply: outcome } satisfies Answer);
  }
  function fail(id: number, error: unknown): void {
    const {
      message = String(error),
      code,
      given,
    } = (error ?? {}) as { message?: string; code?: unknown; given?: unknown };
    const failure = {
      message,
      code: code === undefined ? undefined : String(code),
      given,
    };
    port.postMessage({ id, failure } satisfies Answer);
  }
  async function end(id: number): Promise<void> {
    await Promise.allSettled(running);
    try {
      await close?.();
      answer(id, undefined);
    } catch (error) {
      fail(id, error);
    }
    port.close();
  }

  port.on("message", ({ id, name, request }: Question) => {
    if (name === closeName) return void end(id);
    try {
      const outcome = byName.get(name)?.(request as never);
      if (!(outcome instanceof Promise)) return answer(id, outcome);
      const run = outcome.then(
        (reply) => answer(id, reply),
        (error: unknown) => fail(id, error),
      );
      running.add(run);
      void run.finally(() => running.delete(run));
    } catch (error) {
      fail(id, error);
    }
  });
}

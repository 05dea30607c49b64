import { MessagePort, Worker, parentPort, workerData, type Transferable } from "node:worker_threads";
import { childData, childPort } from "./child-port.ts";

/** Calls into a worker thread, or into a child process (child.ts), typed by one
 *  interface that both sides share:
 *
 *  type Api = { add(terms: number[]): number }; // one argument, one reply, both structured-cloneable
 *      serve<Api>({ add: (terms) => … });                    // in add.worker.ts
 *      const adder = openWorker<Api>(new URL("./add.worker.ts", import.meta.url), { name: "adder" });
 *      await adder.call("add", [1, 2]);
 *
 *  A worker that dies (an uncaught error, an exit) rejects what it still owed with `worker_died`;
 *  the next call opens it again, after a pause that grows while it keeps dying. So the product
 *  goes on without a restart. */

// A call has one argument; `never` lets every such function in, whatever its argument is.
export type Calls<Api> = { [Name in keyof Api]: (request: never) => unknown };
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
  /** Whether every call has had its answer. */
  isIdle(): boolean;
  /** Ends the other side at once; what it owes is rejected, the next call opens it again. Never for a thread
   *  that may be inside native code: that would end the whole process.
   *  @param why stands in the error */
  kill(why: string): void;
  /** Lets the calls under way end, then the worker; kills it where that takes longer than `closeMsMax`. */
  close(): Promise<void>;
}

/** An error from the other thread; `code` and `facts` are what the thrown error carried under these names. */
export class WorkerError extends Error {
  readonly code: string | undefined;
  readonly facts: unknown;
  constructor(message: string, code: string | undefined, facts: unknown) {
    super(message);
    this.name = "WorkerError";
    this.code = code;
    this.facts = facts;
  }
}

/** A path in an error of the file system. Whoever asks the admin API learns the file, not
 *  where the server keeps it. */
const quotedPath = /'(?:[A-Za-z]:)?[\\/](?:[^'\n]*[\\/])?([^'\n\\/]*)'/g;

/** The words of whatever led to an error; of a thread that died, of what it died. */
export function whyOf(error: unknown): string {
  if (error instanceof WorkerError && error.cause !== undefined) return whyOf(error.cause);
  const { message } = (error ?? {}) as { message?: unknown };
  return String(message ?? error)
    .replaceAll(quotedPath, "'$1'")
    .replace(/\.$/, "");
}

const closeMsMax = 10_000;
const pauseMsMin = 100;
const pauseMsMax = 5_000;

export interface Question {
  id: number;
  name: string;
  request: unknown;
}
export interface Answer {
  id: number;
  reply?: unknown;
  failure?: { message: string; code: string | undefined; facts: unknown };
}
interface Owed {
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

/** One opened thread or process, as its caller sees it. */
export interface Line {
  post(question: Question, transfer?: Transferable[]): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** After the last answer: nothing more is asked. */
  hangUp(): void;
  readonly gone: Promise<void>;
}

/** What a caller hears. */
export interface Ears {
  answer(answer: Answer): void;
  /** Once, after the last answer. */
  ended(why: string, cause?: unknown): void;
}

export interface CallerOptions {
  /** Shows in debuggers and in errors. */
  readonly name: string;
  /** What the other side reads by `ownSettings`: plain values. */
  readonly data?: unknown;
  /** Called once for each death, before what was owed is rejected. */
  readonly onDeath?: (error: Error) => void;
}

/** What passes through a thread is soon garbage. Unbounded, each of them would take 128 MiB for it in the
 *  course of time, as the main thread does. */
const youngMegabytesMax = 16;

/** A worker thread that serves these calls. */
export function openWorker<Api extends Calls<Api>>(file: URL, options: CallerOptions): Caller<Api> {
  return createCaller<Api>(options, ({ answer, ended }) => {
    const thread = new Worker(file, {
      name: options.name,
      workerData: options.data,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytesMax },
    });
    let cause: unknown;
    thread.on("message", answer);
    thread.on("error", (error) => (cause = error));
    thread.on("exit", (code) => ended(cause === undefined ? `exit code ${code}` : whyOf(cause), cause));
    return {
      post: (question, transfer) => thread.postMessage(question, transfer),
      kill: () => void thread.terminate(),
      hangUp: () => undefined,
      gone: new Promise((resolve) => thread.once("exit", () => resolve())),
    };
  });
}

/** The caller's side, of a thread and of a process alike.
 *  @param open begins one, and tells what comes from it */
export function createCaller<Api extends Calls<Api>>(
  { name, onDeath }: CallerOptions,
  open: (ears: Ears) => Line,
): Caller<Api> {
  const owed = new Map<number, Owed>();
  let line: Line | undefined;
  let ids = 0;
  let pauseMs = 0;
  let openAt = 0;
  let waiting: Promise<void> | undefined;
  let closed = false;
  let killedFor: string | undefined;

  const ears: Ears = {
    answer({ id, reply, failure }) {
      pauseMs = 0;
      const call = owed.get(id);
      owed.delete(id);
      if (failure === undefined) call?.resolve(reply);
      else call?.reject(new WorkerError(failure.message, failure.code, failure.facts));
    },
    ended(why, cause) {
      line = undefined;
      const error = new WorkerError(
        `The worker ${name} ended: ${killedFor ?? why}.`,
        "worker_died",
        undefined,
      );
      error.cause = cause;
      killedFor = undefined;
      pauseMs = Math.min(Math.max(pauseMs * 2, pauseMsMin), pauseMsMax);
      openAt = performance.now() + pauseMs;
      if (!closed) onDeath?.(error);
      const calls = [...owed.values()];
      owed.clear();
      for (const call of calls) call.reject(error);
    },
  };

  function post(called: string, request: unknown, transfer: Transferable[] | undefined): Promise<unknown> {
    if (closed)
      return Promise.reject(new WorkerError(`The worker ${name} is closed.`, "worker_closed", undefined));
    line ??= open(ears);
    const target = line;
    const id = ++ids;
    return new Promise((resolve, reject) => {
      owed.set(id, { resolve, reject });
      try {
        target.post({ id, name: called, request }, transfer);
      } catch (error) {
        owed.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  function reopening(): Promise<void> | undefined {
    const restMs = openAt - performance.now();
    if (line !== undefined || restMs <= 0) return undefined;
    waiting ??= new Promise((resolve) =>
      setTimeout(() => {
        waiting = undefined;
        resolve();
      }, restMs),
    );
    return waiting;
  }

  return {
    call(called, request, transfer) {
      const pause = reopening();
      const reply = pause
        ? pause.then(() => post(called, request, transfer))
        : post(called, request, transfer);
      // The one place where the types of the two sides meet: `serve` answers each name with its own reply.
      return reply as Promise<Reply<Api[typeof called]>>;
    },
    isIdle: () => owed.size === 0,
    kill(why) {
      if (line === undefined) return;
      killedFor = why;
      line.kill();
    },
    async close() {
      if (closed) return;
      const ending = line;
      // One that dies while it closes is closed.
      const last = ending && post(closeName, undefined, undefined).catch(() => undefined);
      closed = true;
      if (ending === undefined) return;
      const timer = setTimeout(() => ending.kill(), closeMsMax);
      void last?.then(() => ending.hangUp());
      await Promise.all([last, ending.gone]);
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

/** What the other side was opened with. */
export function ownSettings<Settings>(): Settings {
  return parentPort === null ? childData<Settings>() : (workerData as Settings);
}

/** What the serving side hears and says. */
export interface Port {
  onQuestion(listener: (question: Question) => void): void;
  answer(answer: Answer, transfer?: Transferable[]): void;
  close(): void;
}

function threadPort(port: MessagePort): Port {
  return {
    onQuestion: (listener) => void port.on("message", listener),
    answer: (answer, transfer) => port.postMessage(answer, transfer),
    close: () => port.close(),
  };
}

/** The serving side. What is thrown while the worker's file loads is a death; what a
 *  handler throws is an answer.
 *  @param close runs last, after the calls under way */
export function serve<Api extends Calls<Api>>(
  handlers: Handlers<Api>,
  close?: () => void | Promise<void>,
): void {
  const port = parentPort === null ? childPort() : threadPort(parentPort);
  const running = new Set<Promise<void>>();
  const byName = new Map<string, (request: never) => unknown>(Object.entries(handlers));

  function answer(id: number, outcome: unknown): void {
    if (outcome instanceof Moved) port.answer({ id, reply: outcome.reply }, outcome.transfer);
    else port.answer({ id, reply: outcome });
  }
  function fail(id: number, error: unknown): void {
    const {
      message = String(error),
      code,
      facts,
    } = (error ?? {}) as { message?: string; code?: unknown; facts?: unknown };
    const failure = {
      message,
      code: code === undefined ? undefined : String(code),
      facts,
    };
    port.answer({ id, failure });
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

  port.onQuestion(({ id, name, request }) => {
    if (name === closeName) return void end(id);
    try {
      const outcome = byName.get(name)?.(request as never);
      if (!(outcome instanceof Promise)) return answer(id, outcome);
      // Also where the reply cannot be sent: too large for the memory there is.
      const run = outcome.then((reply) => answer(id, reply)).catch((error: unknown) => fail(id, error));
      running.add(run);
      void run.finally(() => running.delete(run));
    } catch (error) {
      fail(id, error);
    }
  });
}

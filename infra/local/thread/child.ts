import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Dying } from "./child-port.ts";
import { lastWords } from "./last-words.ts";
import {
  createCaller,
  type Answer,
  type Caller,
  type CallerOptions,
  type Calls,
  type Ears,
  type Line,
} from "./worker.ts";

/** The calls of worker.ts into a process of its own, with a hard limit of memory: whatever ends it, by its
 *  own fault or by `kill`, the parent goes on.
 *  - It ends when the parent ends, also by SIGKILL: its channel closes, and a thread in
 *    it looks for the parent.
 *  - A terminal's Ctrl-C does not reach it (a session of its own); SIGTERM, SIGINT and
 *    SIGHUP do nothing to it.
 *  - Memory: where the system takes it, RLIMIT_DATA makes an allocation past the limit fail, which most
 *    native code answers with an error; everywhere resident memory past the limit ends the process. */

export interface ChildOptions extends CallerOptions {
  readonly memoryBytesMax: number;
  /** What sets the limit, on Linux; where it is missing, memory is only watched. /bin/sh unless told. */
  readonly shell?: string;
}

/** What Node counts as data without holding it: reserved for code and for the stacks of its threads.
 *  Measured: 640 MB with DuckDB loaded, at 95 MB resident. */
const reservedBytes = 768 * 1024 * 1024;
/** What is kept of stderr, in characters: a reason stands before its stack. And how much
 *  of the reason is told. */
const stderrMax = 16_000;
const wordsMax = 300;

/** A child process that serves these calls. */
export function openChild<Api extends Calls<Api>>(file: URL, options: ChildOptions): Caller<Api> {
  return createCaller<Api>(options, (ears) => openLine(file, options, ears));
}

function openLine(file: URL, options: ChildOptions, { answer, ended }: Ears): Line {
  const child = begin(file, options);
  let words = "";
  let cause: Error | undefined;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (words = (words + text).slice(-stderrMax)));
  child.on("message", (message: Answer | Dying) => {
    if ("dying" in message) cause = new Error(message.dying);
    else answer(message);
  });

  const gone = new Promise<void>((resolve) => {
    let parts = 0;
    const end = () => {
      resolve();
      if (cause !== undefined) return ended(cause.message, cause);
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      const last = lastWords(words);
      ended(last === undefined ? how : `${how}: ${last.slice(0, wordsMax)}`);
    };
    // What it has said before its end may be read after it.
    const part = () => void (++parts === 2 && end());
    child.once("exit", part);
    child.once("disconnect", part);
    child.once("error", (error) => {
      // It could not be begun: there is no exit.
      if (child.pid !== undefined) return;
      cause = error;
      end();
    });
  });

  return {
    // One that is ending tells so itself.
    post: (question) => void child.send(question, () => undefined),
    kill: () => void child.kill("SIGKILL"),
    hangUp: () => child.connected && child.disconnect(),
    gone,
  };
}

function begin(file: URL, { data, memoryBytesMax, shell = "/bin/sh" }: ChildOptions): ChildProcess {
  const main = fileURLToPath(new URL("./child.main.ts", import.meta.url));
  const command = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    // Its heap holds next to nothing, and would have grown by 128 MiB for rows on their way.
    "--max-semi-space-size=8",
    main,
    file.href,
    JSON.stringify(data ?? null),
    String(process.pid),
    String(memoryBytesMax),
  ];
  const kilobytes = String(Math.round((memoryBytesMax + reservedBytes) / 1024));
  // No core either: it would hold the rows of people, and as much disk as memory. Each of glibc's arenas
  // keeps what it has freed.
  const limits = 'ulimit -c 0; ulimit -d "$0"; export MALLOC_ARENA_MAX=2; exec "$@"';
  const limited = [shell, "-c", limits, kilobytes, ...command];
  const [program, ...args] = process.platform === "linux" && existsSync(shell) ? limited : command;
  return spawn(program!, args, {
    detached: true,
    windowsHide: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
  });
}

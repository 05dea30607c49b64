import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Order, Result } from "./load.ts";

/** A server in a process of its own: its CPU and memory are its alone. Server files call `serveBench`. */
export interface ServerProcess {
  readonly port: number;
  /** CPU of all its threads and child processes in ms since its start; resident memory in MiB. */
  usage(): Promise<{ cpuMs: number; rssMiB: number }>;
  /** What the server was asked, e.g. how many rows there are. */
  ask(question: string): Promise<unknown>;
  stop(): Promise<void>;
}

interface Answer {
  id: number;
  answer: unknown;
}

/** @param env beside this process's own, for the server's file to read */
export async function startServer(
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = fork(new URL(`./servers/${name}.ts`, import.meta.url), {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  let ids = 0;
  const ask = (question: string): Promise<unknown> => {
    const id = ++ids;
    child.send({ id, question });
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`The server ${name} ended.`));
      const listener = (answer: Answer): void => {
        if (answer.id !== id) return;
        child.off("message", listener);
        child.off("exit", ended);
        resolve(answer.answer);
      };
      child.on("message", listener);
      child.once("exit", ended);
    });
  };
  return {
    port,
    ask,
    usage: () => ask("usage") as ReturnType<ServerProcess["usage"]>,
    stop: () => end(child),
  };
}

/** The server's side: tells its port and answers questions until it is stopped. */
export function serveBench(
  port: number,
  answers: Record<string, () => unknown>,
  stop: () => Promise<void>,
): void {
  const usage = (): unknown => {
    const { user, system } = process.cpuUsage();
    const children = childrenUsage();
    return {
      cpuMs: (user + system) / 1000 + children.cpuMs,
      rssMiB: process.memoryUsage.rss() / 1024 / 1024 + children.rssMiB,
    };
  };
  process.on("message", ({ id, question }: { id: number; question: string }) => {
    void (async () => {
      const answer = question === "usage" ? usage() : await answers[question]!();
      process.send!({ id, answer });
    })();
  });
  process.on("SIGTERM", () => void stop().then(() => process.exit(0)));
  process.send!({ port });
}

/** CPU and memory of the processes that this one has begun, on Linux; a tick of its clock
 *  is 10 ms, a page 4 KiB. */
export function childrenUsage(): { cpuMs: number; rssMiB: number } {
  const usage = { cpuMs: 0, rssMiB: 0 };
  if (process.platform !== "linux") return usage;
  const task = `/proc/${process.pid}/task/${process.pid}/children`;
  for (const child of readFileSync(task, "utf8").split(" ").filter(Boolean)) {
    // Behind the name, which may hold blanks: state, ppid … utime and stime are the
    // 12th and 13th, rss the 22nd.
    const fields = readFileSync(`/proc/${child}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    usage.cpuMs += 10 * (Number(fields[11]) + Number(fields[12]));
    usage.rssMiB += (4 * Number(fields[21])) / 1024;
  }
  return usage;
}

export async function load(order: Order): Promise<Result> {
  const child = fork(new URL("./load.ts", import.meta.url));
  child.send(order);
  const [result] = (await once(child, "message")) as [Result];
  await once(child, "exit");
  return result;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  if (child.exitCode === null) await once(child, "exit");
}

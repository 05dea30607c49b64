import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { bodies, exampleStream } from "../bodies.ts";

/** A tick of the kernel's clock for CPU times, the same on every Linux. */
const tickMs = 10;

/** CPU of all threads of a process since its start. The functions' instances run what is deployed, so nothing
 *  inside them can be asked.
 *  Source: proc_pid_stat(5), utime and stime */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Resident memory now. */
export function rssMibOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
}

export interface Documented {
  readonly pid: number;
  stop(): Promise<void>;
}

/** The documented way, under the same launcher as ours. It may not listen yet. */
export function startDocumented(port: number, env: Readonly<Record<string, string>>): Documented {
  const launcher = join(
    createRequire(import.meta.url).resolve("@google-cloud/functions-framework"),
    "../main.js",
  );
  const child = spawn(process.execPath, [launcher], {
    cwd: join(import.meta.dirname, "documented"),
    env: {
      ...env,
      FUNCTION_TARGET: "collect",
      PORT: String(port),
      NODE_ENV: "production",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "close");
  return {
    pid: child.pid!,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const pollMs = 5;
const startMsMax = 30_000;

/** Resolves with the first 2xx of a hit, which is knocked for until it is there. */
export async function firstHit(port: number): Promise<void> {
  const end = performance.now() + startMsMax;
  for (;;) {
    const status = await send(port).catch(() => 0);
    if (status >= 200 && status < 300) return;
    if (performance.now() > end) throw new Error(`Port ${port} took no hit; it answered ${status}.`);
    await setTimeout(pollMs);
  }
}

function send(port: number): Promise<number> {
  const { contentType, body } = bodies[0]!;
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": contentType,
      "content-length": body.length,
    };
    const path = `/ds/${exampleStream}`;
    request({ port, path, method: "POST", headers, agent: false }, (reply) => {
      reply.resume();
      reply.once("end", () => resolve(reply.statusCode ?? 0));
    })
      .once("error", reject)
      .end(body);
  });
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where programs keep what they have compiled, as jest.config.js says. */
const compiled = { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] };

export const exampleStream = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";

/** The product in a process of its own, as `npm start` runs it, on free ports. */
export interface Product {
  readonly collectUrl: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends the signal and waits for the end of all that it started. @returns the exit code, null
   *  where the signal ended it */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Once it and all that it started have ended. */
  readonly closed: Promise<void>;
  /** What a person types at its terminal. */
  type(keys: string): void;
  admin<Reply>(method: string, path: string, body?: unknown): Promise<Reply>;
}

/** One that may be killed before it is ready. */
export interface Launch {
  readonly ready: Promise<Product>;
  /** What it has printed, once that matches. @throws Error where it ends before */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** @returns the exit code, null where the signal ended it */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Everything it has printed so far. */
  output(): string;
}

export function startProduct(directory: string, env: Record<string, string> = {}): Promise<Product> {
  return launchProduct(directory, env).ready;
}

/** @param command what starts it, in a group of its own that `endAll` ends as a whole;
 *  node itself where left out */
export function launchProduct(
  directory: string,
  env: Record<string, string> = {},
  command?: readonly [string, ...string[]],
): Launch {
  const [program, ...args] = command ?? [process.execPath, "infra/local/main.mjs"];
  const child = spawn(program, args, {
    cwd: root,
    detached: command !== undefined,
    env: {
      PATH: process.env["PATH"],
      HOST: "127.0.0.1",
      PORT: "0",
      ADMIN_PORT: "0",
      SFTP_PORT: "0",
      AFTERCLICK_DATA_DIR: directory,
      ...compiled,
      ...env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  running.add(child);
  if (command !== undefined) groups.add(child);
  child.on("close", () => running.delete(child));
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(output);
        if (found !== null) resolve(found);
      };
      look();
      for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
      // Not at its exit: what it said last may not have been read by then.
      child.on("close", (code) =>
        reject(new Error(`The product did not start (exit code ${code}):\n${output}`)),
      );
    });
  const ready = said(/^ {2}data /m);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, "close");
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  const product = (adminUrl: string): Product => ({
    collectUrl: /hits +(http\S+)\/ds\//.exec(output)![1]!,
    adminUrl,
    pid: child.pid!,
    output: () => output,
    end,
    closed,
    type: (keys) => void child.stdin.write(keys),
    async admin<Reply>(method: string, path: string, body?: unknown): Promise<Reply> {
      const reply = await fetch(adminUrl + path, {
        method,
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { "content-type": "application/json" },
        }),
      });
      const text = await reply.text();
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
      return JSON.parse(text) as Reply;
    },
  });
  return {
    ready: ready.then(() => product(/admin API +(http\S+)/.exec(output)![1]!)),
    said,
    end,
    output: () => output,
  };
}

/** Until the last who holds their output has ended: npm's own end is not the server's. */
const running = new Set<ChildProcess>();
const groups = new WeakSet<ChildProcess>();

/** For afterEach: nothing that a failed test started stays behind. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = once(child, "close");
      if (groups.has(child)) process.kill(-child.pid!, "SIGKILL");
      else child.kill("SIGKILL");
      await ended;
    }),
  );
}

/** Waits until every hit that was answered is a row or a dead letter, and acknowledged: none comes again. Of
 *  one that came twice there may be two rows, and no more will follow. */
export async function settled(product: Product): Promise<void> {
  await until("nothing waits in the queue", async () => {
    const { queue } = await product.admin<{ queue: { waiting?: number } }>("GET", "/v1/status");
    return queue.waiting === 0;
  });
}

/** The command line as a person runs it. */
export async function cli(
  adminUrl: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["cli/afterclick.mjs", ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], AFTERCLICK_URL: adminUrl, ...compiled, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.on("close", () => running.delete(child));
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

import { spawn } from "node:child_process";

/** One instance of a function: the launcher in a process of its own, as the cloud starts it. */
export interface Instance {
  readonly url: string;
  readonly pid: number;
  /** The end of what it has printed. */
  output(): string;
  /** Sends the signal, SIGKILL where left out, and waits for the end. @returns the exit code, null
   *  where a signal ended it */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface InstanceOptions {
  /** The unpacked zip. */
  readonly folder: string;
  /** What node is to run, and the options for it. */
  readonly launcher: string;
  readonly args?: readonly string[];
  /** Left out, the environment names none. */
  readonly port?: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of each line it prints. */
  readonly line?: (line: string) => void;
}

const outputCharsMax = 64 * 1024;

/** Resolves once it listens. @throws Error with what it printed, where it ends before */
export async function startInstance({
  folder,
  launcher,
  args = [],
  port,
  env,
  line,
}: InstanceOptions): Promise<Instance> {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { ...env, ...(port !== undefined && { PORT: String(port) }), NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let output = "";
  let rest = "";
  const ended = new Promise<number | null>((resolve) =>
    child.once("close", (code) => {
      process.removeListener("exit", kill);
      resolve(code);
    }),
  );
  const listening = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-outputCharsMax);
      if (output.includes('"event":"started"')) resolve();
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop()!.slice(-outputCharsMax);
      if (line !== undefined) for (const one of lines) line(one);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
  });
  const refused = ended.then((code) => {
    throw new Error(`The function did not start (exit code ${code}):\n${output}`);
  });
  // Once it listens, its end is told by `ended`.
  refused.catch(() => undefined);
  await Promise.race([listening, refused]);
  return {
    url: `http://127.0.0.1:${/"port":(\d+)/.exec(output)![1]}`,
    pid: child.pid!,
    output: () => output,
    end(signal = "SIGKILL") {
      child.kill(signal);
      return ended;
    },
  };
}

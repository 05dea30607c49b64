import { execFile } from "node:child_process";
import { promisify } from "node:util";

const root = new URL("../..", import.meta.url);
const run = promisify(execFile);

/** A line as a person pastes it into a terminal in the clone. @returns what it prints */
export async function shell(line: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run("sh", ["-c", line], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    timeout: 300_000,
  });
  return stdout;
}

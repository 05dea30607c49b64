import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "../command.ts";
import { isLoopback } from "../api/credentials.ts";
import { exitCodes, failed } from "../failure.ts";
import { visible } from "../terminal/visible.ts";

const deadlineMs = 60 * 60 * 1000;

export const check: Command = {
  name: "check",
  summary: "look through a data folder for damage, while its server runs or not",
  args: [],
  options: {
    "data-dir": {
      value: "DIR",
      says: "the data folder (AFTERCLICK_DATA_DIR; .afterclick where left out)",
    },
  },
  notes: [
    "Reads every byte that has a checksum: the queue, the registry, every table of the warehouse; and whether the files",
    "belong together. Prints a line for each finding, and leaves with 1 where there is one. Changes nothing.",
  ],
  async run(typed, { api, terminal, settings }) {
    const directory = resolve(settings.workingDir, typed.text("data-dir") ?? settings.dataDir);
    const isHere = isLoopback(settings.url) && existsSync(directory);
    const findings = (isHere ? await stopped(directory) : undefined) ?? (await running());
    for (const finding of findings) await terminal.out(`${visible(finding)}\n`);
    if (findings.length === 0) terminal.say("Everything is in order.");
    return findings.length === 0 ? exitCodes.done : exitCodes.failed;

    async function running(): Promise<string[]> {
      const answer = await api.ask<{ findings: string[] }>(
        { path: "/v1/check", deadlineMs },
        { findings: "array" },
      );
      return answer.findings;
    }
  },
};

/** @returns undefined where a server runs on the folder: it is asked then */
async function stopped(directory: string): Promise<string[] | undefined> {
  const [{ checkStopped }, { isProblem, Problem }, { folderInUse }] = await Promise.all([
    import("../../infra/local/folder/check.ts").catch((error: unknown) => {
      throw failed(
        "This afterclick is one file and cannot open a data folder: run npx afterclick check where the server is installed.",
        error,
      );
    }),
    import("../../functions/problem.ts"),
    import("../../functions/problems.ts"),
  ]);
  try {
    return await checkStopped(directory);
  } catch (error) {
    if (isProblem(error, folderInUse)) return undefined;
    if (!(error instanceof Problem)) throw error;
    throw failed(visible(`${error.message} (${error.code})`), error);
  }
}

import { isAbsolute, resolve } from "node:path";
import type { Command } from "../command.ts";
import { isLoopback } from "../api/credentials.ts";
import { wrongUsage } from "../failure.ts";
import { shown } from "../typed.ts";
import { tableLines } from "../terminal/layout.ts";
import { json, visible } from "../terminal/visible.ts";

const deadlineMs = 6 * 60 * 60 * 1000;

export const backup: Command = {
  name: "backup",
  summary: "make a consistent copy of everything while the server runs",
  args: [{ name: "DIR", says: "an empty or new folder on the server's machine" }],
  options: { json: { says: "print what was written as JSON" } },
  notes: [
    "afterclick restore DIR brings it back. Ctrl-C ends the waiting; the server finishes the copy.",
    "",
    "Example: afterclick backup /backups/2026-11-21",
  ],
  async run(typed, { api, terminal, settings }) {
    const path = typed.args[0]!;
    // A relative name means nothing on another machine.
    if (!isLoopback(settings.url) && !isAbsolute(path)) {
      throw wrongUsage(
        `DIR is ${shown(path)}; the server is another machine, so name a whole path there, from / on.`,
      );
    }
    const directory = resolve(settings.workingDir, path);
    const answer = await api.ask<{
      directory: string;
      files: { name: string; bytes: number }[];
    }>(
      { method: "POST", path: "/v1/backup", body: { directory }, deadlineMs },
      { directory: "string", files: "array" },
    );
    if (typed.flag("json")) {
      await terminal.out(`${json(answer, 2)}\n`);
      return;
    }
    const rows = answer.files.map(({ name, bytes }) => [name, bytes]);
    await terminal.out(
      `${tableLines([{ name: "file" }, { name: "bytes" }], rows, terminal.width).join("\n")}\n`,
    );
    terminal.say(visible(`The backup is in ${answer.directory}. afterclick restore brings it back.`));
  },
};

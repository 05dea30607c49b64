import { resolve } from "node:path";
import type { Command } from "../command.ts";
import { failed } from "../failure.ts";
import { tableLines } from "../terminal/layout.ts";
import { visible } from "../terminal/visible.ts";

export const restore: Command = {
  name: "restore",
  summary: "bring a backup back into an empty data folder, while no server runs on it",
  args: [{ name: "DIR", says: "the folder that afterclick backup wrote" }],
  options: {
    "data-dir": {
      value: "DIR",
      says: "the data folder (AFTERCLICK_DATA_DIR; .afterclick where left out)",
    },
  },
  notes: [
    "Works on this machine's disk, without the server. Every file is compared with its checksum before it gets its",
    "name; a folder that holds data is never touched.",
  ],
  async run(typed, { terminal, settings }) {
    const from = resolve(settings.workingDir, typed.args[0]!);
    const to = resolve(settings.workingDir, typed.text("data-dir") ?? settings.dataDir);
    // Only here: the other commands never touch a data folder.
    const [{ restore: bringBack }, { Problem }] = await Promise.all([
      import("../../infra/local/folder/restore.ts"),
      import("../../functions/problem.ts"),
    ]);
    const files = await bringBack(from, to).catch((error: unknown) => {
      throw error instanceof Problem ? failed(visible(`${error.message} (${error.code})`), error) : error;
    });
    const rows = files.map(({ name, bytes }) => [name, bytes]);
    await terminal.out(
      `${tableLines([{ name: "file" }, { name: "bytes" }], rows, terminal.width).join("\n")}\n`,
    );
    terminal.say(visible(`${to} holds the backup now. npm start goes on from it.`));
  },
};

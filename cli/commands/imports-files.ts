import type { FileView } from "../../functions/import/load/views.ts";
import { path, search } from "../api/api.ts";
import type { Command } from "../command.ts";
import { importArgument } from "../nouns/imports.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json } from "../terminal/visible.ts";

const usual = 50;

export const importsFiles: Command = {
  name: "imports files",
  summary: "list the files of an import and what became of each, the newest first",
  args: [importArgument],
  options: {
    limit: { value: "N", says: `so many, 1 to 1000; ${usual} where left out` },
    json: { says: "print them as JSON" },
  },
  async run(typed, { api, terminal }) {
    const limit = typed.whole("limit", { min: 1, max: 1_000, usual });
    const { files } = await api.ask<{ files: FileView[] }>(
      { path: path`/v1/imports/${typed.args[0]!}/files` + search({ limit: String(limit) }) },
      { files: "array" },
    );
    if (typed.flag("json")) return terminal.out(`${json(files, 2)}\n`);
    if (files.length === 0) {
      terminal.say("No file has arrived yet. afterclick imports upload sends one.");
      return;
    }
    const columns = ["file", "name", "state", "why", "rows", "new", "removed", "arrived"].map((name) => ({
      name,
      whole: name === "file",
    }));
    const rows = files.map((file) => [
      file.file_id,
      file.name,
      file.state,
      file.code ?? "",
      file.rows ?? "",
      file.new_events ?? "",
      file.removed_events ?? "",
      utcText(file.arrived_at),
    ]);
    await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
  },
};

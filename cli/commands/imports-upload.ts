import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { FileView } from "../../functions/import/load/views.ts";
import { path, search, why } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitCodes, failed } from "../failure.ts";
import { importArgument, showFile, untilRead } from "../nouns/imports.ts";
import { json } from "../terminal/visible.ts";
import { shown } from "../typed.ts";

/** Until all of it is there and answered. */
const deadlineMs = 15 * 60_000;

export const importsUpload: Command = {
  name: "imports upload",
  summary: "send a file of backend events to an import, and say what became of it",
  args: [importArgument, { name: "FILE", says: "CSV or Parquet, as it is or in gzip or zip" }],
  options: {
    as: { value: "NAME", says: "what the file is called there; its own name where left out" },
    json: { says: "print what became of it as JSON" },
  },
  notes: [
    "The same name again is the next version of the file. Leaves with 1 where the file is not imported.",
    "Ctrl-C ends the waiting, and not the import of a file that has arrived.",
    "",
    "Example: afterclick imports upload crm backend_2026-11-20.csv",
  ],
  async run(typed, tools) {
    const { api, terminal, settings, stopped } = tools;
    const [importName, given] = typed.args as [string, string];
    const file = resolve(settings.workingDir, given);
    const found = await stat(file).catch((error: unknown) => {
      throw failed(`FILE is ${shown(given)}: ${why(error)}. Name a file of CSV or Parquet.`, error);
    });
    if (!found.isFile())
      throw failed(`FILE is ${shown(given)}, which is no file. Name a file of CSV or Parquet.`);
    const query = search({ file: typed.text("as") ?? basename(file) });
    const arrived = await api.ask<FileView>(
      {
        method: "POST",
        path: path`/v1/imports/${importName}/files` + query,
        file: { path: file, bytes: found.size },
        deadlineMs,
        stopped,
      },
      { file_id: "string", state: "string" },
    );
    const read = await untilRead(tools, importName, arrived);
    if (typed.flag("json")) await terminal.out(`${json(read, 2)}\n`);
    else await showFile(read, terminal);
    return read.state === "failed" || read.state === "waiting" ? exitCodes.failed : exitCodes.done;
  },
};

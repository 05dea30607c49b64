import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { FileView } from "../../functions/import/load/views.ts";
import { path, search, why } from "../api/api.ts";
import { partBytes, type SentFile, uploadInParts } from "../api/upload.ts";
import type { Command, Tools } from "../command.ts";
import { failed } from "../failure.ts";
import { exitOf, importArgument, saidOf } from "../nouns/imports.ts";
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
    "A file of more than 8 MiB goes in parts. Where it was cut off, also by Ctrl-C, the same command goes on.",
    "Ctrl-C ends the waiting, and not the import of a file that has arrived.",
    "",
    "Example: afterclick imports upload crm backend_2026-11-20.csv",
  ],
  async run(typed, tools) {
    const { settings } = tools;
    const [importName, given] = typed.args as [string, string];
    const file = resolve(settings.workingDir, given);
    const found = await stat(file).catch((error: unknown) => {
      throw failed(`FILE is ${shown(given)}: ${why(error)}. Name a file of CSV or Parquet.`, error);
    });
    if (!found.isFile())
      throw failed(`FILE is ${shown(given)}, which is no file. Name a file of CSV or Parquet.`);
    const sent = {
      path: file,
      name: typed.text("as") ?? basename(file),
      bytes: found.size,
      modified: found.mtimeMs,
    };
    const arrived = await (sent.bytes > partBytes ? inParts : atOnce)(tools, importName, sent);
    return exitOf(await saidOf(typed, tools, importName, arrived));
  },
};

const shape = { file_id: "string", state: "string" } as const;

const atOnce = ({ api, stopped }: Tools, importName: string, { path: from, name, bytes }: SentFile) =>
  api.ask<FileView>(
    {
      method: "POST",
      path: path`/v1/imports/${importName}/files` + search({ file: name }),
      file: { path: from, bytes },
      deadlineMs,
      stopped,
    },
    shape,
  );

async function inParts(tools: Tools, importName: string, file: SentFile): Promise<FileView> {
  const fileId = await uploadInParts(tools, importName, file);
  return tools.api.ask<FileView>({ path: path`/v1/imports/${importName}/files/${fileId}` }, shape);
}

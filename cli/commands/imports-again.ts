import type { FileView } from "../../functions/import/load/views.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitOf, fileArgument, importArgument, saidOf } from "../nouns/imports.ts";

export const importsAgain: Command = {
  name: "imports again",
  summary: "have a file read again that failed, under what is set on the import now",
  args: [importArgument, fileArgument],
  options: { json: { says: "print what became of it as JSON" } },
  notes: [
    "The bytes of a file that failed are kept for 7 days. Leaves with 1 where it is not imported now either.",
    "",
    "Example: afterclick imports update crm --encoding windows-1252, then afterclick imports again crm FILE_ID",
  ],
  async run(typed, tools) {
    const [importName, fileId] = typed.args as [string, string];
    const asked = await tools.api.ask<FileView>(
      { method: "POST", path: path`/v1/imports/${importName}/files/${fileId}/again` },
      { file_id: "string", state: "string" },
    );
    return exitOf(await saidOf(typed, tools, importName, asked));
  },
};

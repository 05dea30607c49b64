import type { FileView } from "../../functions/import/load/views.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../failure.ts";
import { fileArgument, importArgument, saidOf } from "../nouns/imports.ts";

export const importsRemove: Command = {
  name: "imports remove",
  summary: "take the rows of a file away, and put back what it took the place of",
  args: [importArgument, fileArgument],
  options: { json: { says: "print what became of it as JSON" } },
  notes: ["The same file may be sent again: it is read anew then."],
  async run(typed, tools) {
    const [importName, fileId] = typed.args as [string, string];
    const asked = await tools.api.ask<FileView>(
      { method: "DELETE", path: path`/v1/imports/${importName}/files/${fileId}` },
      { file_id: "string", state: "string" },
    );
    const done = await saidOf(typed, tools, importName, asked);
    return done.state === "removed" ? exitCodes.done : exitCodes.failed;
  },
};

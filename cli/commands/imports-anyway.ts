import type { FileView } from "../../functions/import/load/views.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitOf, fileArgument, importArgument, saidOf } from "../nouns/imports.ts";

export const importsAnyway: Command = {
  name: "imports anyway",
  summary: "have a file imported without its bad rows, or one that waits; for admins",
  args: [importArgument, fileArgument],
  options: { json: { says: "print what became of it as JSON" } },
  async run(typed, tools) {
    const [importName, fileId] = typed.args as [string, string];
    const asked = await tools.api.ask<FileView>(
      { method: "POST", path: path`/v1/imports/${importName}/files/${fileId}/anyway` },
      { file_id: "string", state: "string" },
    );
    return exitOf(await saidOf(typed, tools, importName, asked));
  },
};

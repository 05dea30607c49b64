import type { FileView } from "../../functions/import/load/views.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../failure.ts";
import { fileArgument, importArgument, showFile, untilRead } from "../nouns/imports.ts";
import { json } from "../terminal/visible.ts";

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
    const read = await untilRead(tools, importName, asked);
    if (typed.flag("json")) await tools.terminal.out(`${json(read, 2)}\n`);
    else await showFile(read, tools.terminal);
    return read.state === "failed" || read.state === "waiting" ? exitCodes.failed : exitCodes.done;
  },
};

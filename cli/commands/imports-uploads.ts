import type { UploadView } from "../../functions/import/load/uploads/uploads.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { importArgument } from "../nouns/imports.ts";
import { tableLines } from "../terminal/layout.ts";
import { json, visible } from "../terminal/visible.ts";

export const importsUploads: Command = {
  name: "imports uploads",
  summary: "list the files that you began to send and that are not whole yet, or give one up",
  args: [importArgument],
  options: {
    "give-up": { value: "UPLOAD_ID", says: "remove what is here of this one" },
    json: { says: "print them as JSON" },
  },
  async run(typed, { api, terminal }) {
    const at = path`/v1/imports/${typed.args[0]!}/uploads`;
    const given = typed.text("give-up");
    if (given !== undefined) {
      const gone = await api.ask<{ upload_id: string }>(
        { method: "DELETE", path: at + path`/${given}` },
        { upload_id: "string" },
      );
      return terminal.out(
        typed.flag("json") ? `${json(gone, 2)}\n` : visible(`${gone.upload_id} is given up.`) + "\n",
      );
    }
    const { uploads } = await api.ask<{ uploads: UploadView[] }>({ path: at }, { uploads: "array" });
    if (typed.flag("json")) return terminal.out(`${json(uploads, 2)}\n`);
    if (uploads.length === 0) return terminal.say("All files that you began to send are whole.");
    const columns = ["upload", "file", "received", "bytes"].map((name) => ({
      name,
      whole: name === "upload",
    }));
    const rows = uploads.map(({ upload_id, file, received, bytes }) => [upload_id, file, received, bytes]);
    await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
  },
};

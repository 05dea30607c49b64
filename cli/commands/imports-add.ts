import type { SharedView } from "../../functions/import/shared/view.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { importOptions, showImport, showShared, type ShownImport, typedImport } from "../nouns/imports.ts";
import { json } from "../terminal/visible.ts";

export const importsAdd: Command = {
  name: "imports add",
  summary: "add an import, to which files of backend events go",
  args: [{ name: "NAME", says: "1 to 40 small letters, digits, - and _; it stays, since event ids hold it" }],
  options: { ...importOptions, json: { says: "print it as JSON" } },
  notes: [
    "--zone is required: it says which day is today, and when a day is over. docs/imports.md explains the rest.",
    "",
    "Example: afterclick imports add crm --zone Europe/Amsterdam",
  ],
  async run(typed, { api, terminal }) {
    const fields = typedImport(typed);
    if (fields.zone === undefined)
      throw wrongUsage("imports add needs --zone ZONE, such as Europe/Amsterdam.");
    const added = await api.ask<ShownImport>(
      { method: "POST", path: "/v1/imports", body: { name: typed.args[0]!, ...fields } },
      { name: "string", expected: "array", holidays: "array", null_words: "array" },
    );
    if (typed.flag("json")) await terminal.out(`${json(added, 2)}\n`);
    else await showImport(added, terminal);
    if (added.table === undefined || typed.flag("json")) return;
    const shared = await api.ask<SharedView>(
      { path: path`/v1/imports/${added.name}/table` },
      { table: "string", days: "array" },
    );
    await showShared(shared, terminal);
  },
};

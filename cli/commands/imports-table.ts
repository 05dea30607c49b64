import type { SharedView } from "../../functions/import/shared/view.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { importArgument, showShared } from "../nouns/imports.ts";
import { json } from "../terminal/visible.ts";

export const importsTable: Command = {
  name: "imports table",
  summary: "show the table that an import reads: what has to be granted, and its days",
  args: [importArgument],
  options: {
    look: { says: "have it looked at soon, such as after it was granted" },
    json: { says: "print it as JSON" },
  },
  notes: [
    "imports add --table and imports update --table say which table it is.",
    "",
    "Example: afterclick imports table crm --look",
  ],
  async run(typed, { api, terminal }) {
    const isLook = typed.flag("look");
    const shown = await api.ask<SharedView>(
      isLook
        ? { method: "POST", path: path`/v1/imports/${typed.args[0]!}/table/look` }
        : { path: path`/v1/imports/${typed.args[0]!}/table` },
      { table: "string", days: "array" },
    );
    if (typed.flag("json")) return terminal.out(`${json(shown, 2)}\n`);
    await showShared(shown, terminal);
    if (isLook) terminal.say("It is looked at soon; a day that changed is read once it stays the same.");
  },
};

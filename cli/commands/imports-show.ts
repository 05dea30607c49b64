import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { importArgument, showImport, type ShownImport } from "../nouns/imports.ts";
import { json } from "../terminal/visible.ts";

export const importsShow: Command = {
  name: "imports show",
  summary: "show one import, and what is set on it",
  args: [importArgument],
  options: { json: { says: "print it as JSON" } },
  async run(typed, { api, terminal }) {
    const found = await api.ask<ShownImport>(
      { path: path`/v1/imports/${typed.args[0]!}` },
      { name: "string", expected: "array", holidays: "array", null_words: "array" },
    );
    if (typed.flag("json")) await terminal.out(`${json(found, 2)}\n`);
    else await showImport(found, terminal);
  },
};

import { everyPage } from "../api/pages.ts";
import type { Command } from "../command.ts";
import { deadlineText, type ShownImport } from "../nouns/imports.ts";
import { tableLines } from "../terminal/layout.ts";
import { json } from "../terminal/visible.ts";

export const importsList: Command = {
  name: "imports list",
  summary: "list the imports of backend events",
  args: [],
  options: { json: { says: "print them as JSON" } },
  async run(typed, { api, terminal }) {
    const { items: imports } = await everyPage<ShownImport>(api, "/v1/imports", "imports");
    if (typed.flag("json")) return terminal.out(`${json(imports, 2)}\n`);
    if (imports.length === 0) {
      terminal.say("There is no import yet. afterclick imports add makes one.");
      return;
    }
    const columns = [
      { name: "name", whole: true },
      { name: "zone" },
      { name: "due" },
      { name: "expected" },
      { name: "mode" },
      { name: "next deadline" },
    ];
    const rows = imports.map(({ name, zone, due, expected, mode, next_deadline }) => [
      name,
      zone,
      due,
      expected.join(","),
      mode,
      next_deadline === undefined ? "none" : deadlineText(next_deadline),
    ]);
    await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
  },
};

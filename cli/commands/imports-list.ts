import type { ImportView } from "../../functions/import/registered/imports.ts";
import { everyPage } from "../api/pages.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { json } from "../terminal/visible.ts";

export const importsList: Command = {
  name: "imports list",
  summary: "list the imports of backend events",
  args: [],
  options: { json: { says: "print them as JSON" } },
  async run(typed, { api, terminal }) {
    const { items: imports } = await everyPage<ImportView>(api, "/v1/imports", "imports");
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
    ];
    const rows = imports.map(({ name, zone, due, expected, mode }) => [
      name,
      zone,
      due,
      expected.join(","),
      mode,
    ]);
    await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
  },
};

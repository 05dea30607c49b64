import type { RejectedItem } from "../../functions/import/hits/rejected.ts";
import { path } from "../api/api.ts";
import type { Command, Tools } from "../command.ts";
import { fileArgument, importArgument } from "../nouns/imports.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json } from "../terminal/visible.ts";

export const importsRejects: Command = {
  name: "imports rejects",
  summary: "print the bad rows of a file as CSV, then _line, _column and _reason; or those of hits",
  args: [importArgument, { ...fileArgument, optional: true }],
  options: { json: { says: "without a file: print the items of hits as JSON" } },
  notes: [
    "Without a file it shows the items of hits that are no backend events, the newest 100.",
    "Put right and sent again under another name, it adds the rows that were missing: columns that begin with _ are left out.",
    "",
    "Example: afterclick imports rejects crm 01795262400000-0123456789abcdef > rejects.csv",
  ],
  async run(typed, { api, terminal }) {
    const [importName, fileId] = typed.args as [string, string?];
    if (fileId === undefined) return itemsOfHits(importName, typed.flag("json"), { api, terminal });
    const response = await api.open({
      path: path`/v1/imports/${importName}/files/${fileId}/rejects`,
      accept: "text/csv",
    });
    const decoder = new TextDecoder();
    for await (const chunk of response as AsyncIterable<Buffer>)
      await terminal.out(decoder.decode(chunk, { stream: true }));
  },
};

async function itemsOfHits(
  importName: string,
  asJson: boolean,
  { api, terminal }: Pick<Tools, "api" | "terminal">,
): Promise<void> {
  const { rejects } = await api.ask<{ rejects: RejectedItem[] }>(
    { path: path`/v1/imports/${importName}/rejects` },
    { rejects: "array" },
  );
  if (asJson) return terminal.out(`${json(rejects, 2)}\n`);
  if (rejects.length === 0) return terminal.say("No item of a hit was rejected.");
  const columns = [{ name: "hit_id", whole: true }, { name: "item" }, { name: "found" }, { name: "why" }];
  const rows = rejects.map(({ hit_id, row, found_at, says }) => [hit_id, row, utcText(found_at), says]);
  await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
}

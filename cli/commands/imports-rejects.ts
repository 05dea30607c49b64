import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { fileArgument, importArgument } from "../nouns/imports.ts";

export const importsRejects: Command = {
  name: "imports rejects",
  summary: "print the bad rows of a file as CSV: its own columns, then _line, _column and _reason",
  args: [importArgument, fileArgument],
  options: {},
  notes: [
    "Put right and sent again under another name, it adds the rows that were missing: columns that begin with _ are left out.",
    "",
    "Example: afterclick imports rejects crm 01795262400000-0123456789abcdef > rejects.csv",
  ],
  async run(typed, { api, terminal }) {
    const [importName, fileId] = typed.args as [string, string];
    const response = await api.open({
      path: path`/v1/imports/${importName}/files/${fileId}/rejects`,
      accept: "text/csv",
    });
    const decoder = new TextDecoder();
    for await (const chunk of response as AsyncIterable<Buffer>)
      await terminal.out(decoder.decode(chunk, { stream: true }));
  },
};

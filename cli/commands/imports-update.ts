import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { readJsonFile } from "../json-file.ts";
import {
  importArgument,
  importOptions,
  resettable,
  showImport,
  type ShownImport,
  typedImport,
  usualOf,
} from "../nouns/imports.ts";
import { json } from "../terminal/visible.ts";
import { shown } from "../typed.ts";

export const importsUpdate: Command = {
  name: "imports update",
  summary: "change what is set on an import, for the files that come after it",
  args: [importArgument],
  options: {
    ...importOptions,
    "web-events": {
      value: "FILE",
      says: "a JSON file that names the table of web events and its columns: links are then made by themselves",
    },
    reset: {
      value: "OPTION",
      says: "put one of the others back to what it usually is, such as encoding; may be repeated",
      repeated: true,
    },
    json: { says: "print it as JSON" },
  },
  notes: [
    "A file that failed is read anew when it is sent again.",
    'The file of --web-events holds what imports link takes: {"preset": "ga4", "table": "analytics_1.events_"}.',
    "",
    "Example: afterclick imports update crm --encoding windows-1252",
  ],
  async run(typed, { api, settings, terminal }) {
    const body: Record<string, unknown> = { ...typedImport(typed) };
    const file = typed.text("web-events");
    if (file !== undefined) body["web_events"] = await readJsonFile(file, settings);
    for (const option of typed.texts("reset")) {
      const field = Object.hasOwn(resettable, option) ? resettable[option] : undefined;
      if (field === undefined)
        throw wrongUsage(`--reset is ${shown(option)}; allowed are ${Object.keys(resettable).join(", ")}.`);
      if (body[field] !== undefined)
        throw wrongUsage(`--${option} and --reset ${option} contradict each other; give one.`);
      body[field] = usualOf(field);
    }
    if (Object.keys(body).length === 0)
      throw wrongUsage(
        `imports update needs something to change: ${[...Object.keys(importOptions), "web-events"]
          .map((name) => `--${name}`)
          .join(", ")} or --reset.`,
      );
    const changed = await api.ask<ShownImport>(
      { method: "PATCH", path: path`/v1/imports/${typed.args[0]!}`, body },
      { name: "string", expected: "array", holidays: "array", null_words: "array" },
    );
    if (typed.flag("json")) await terminal.out(`${json(changed, 2)}\n`);
    else await showImport(changed, terminal);
  },
};

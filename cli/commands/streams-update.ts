import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { shown } from "../typed.ts";
import {
  clearable,
  fieldOptions,
  findStream,
  typedFields,
  showStream,
  streamArgument,
} from "../nouns/streams.ts";
import type { StreamView } from "../api/views.ts";
import { json } from "../terminal/visible.ts";

export const streamsUpdate: Command = {
  name: "streams update",
  summary: "change fields of a stream; the others stay as they are",
  args: [streamArgument],
  options: {
    ...fieldOptions,
    clear: {
      value: "FIELD",
      says: "take a field away; may be repeated",
      repeated: true,
    },
    json: { says: "print the stream as JSON" },
  },
  notes: [
    `--clear takes ${clearable.join(", ")}.`,
    "Rows that are there already stay in their table.",
    "",
    "Example: afterclick streams update Leads --key leadId",
  ],
  async run(typed, { api, settings, terminal }) {
    const fields = await typedFields(typed, settings);
    for (const field of typed.texts("clear")) {
      if (!clearable.includes(field))
        throw wrongUsage(`--clear is ${shown(field)}; allowed are ${clearable.join(", ")}.`);
      if (fields[field] !== undefined)
        throw wrongUsage(`--${field} and --clear ${field} contradict each other; give one.`);
      fields[field] = null;
    }
    if (Object.keys(fields).length === 0) {
      throw wrongUsage(
        `streams update needs something to change: ${Object.keys(fieldOptions)
          .map((name) => `--${name}`)
          .join(", ")} or --clear.`,
      );
    }
    const { id } = await findStream(api, typed.args[0]!);
    const stream = await api.ask<StreamView>(
      { method: "PATCH", path: path`/v1/streams/${id}`, body: fields },
      { id: "string" },
    );
    if (typed.flag("json")) await terminal.out(`${json(stream, 2)}\n`);
    else await showStream(stream, terminal);
  },
};

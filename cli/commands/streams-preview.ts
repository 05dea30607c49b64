import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Preview } from "../../functions/import/hits/preview.ts";
import { path, why } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitCodes, failed } from "../failure.ts";
import { readJsonFile } from "../json-file.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { tableLines } from "../terminal/layout.ts";
import { json, visible } from "../terminal/visible.ts";

export const streamsPreview: Command = {
  name: "streams preview",
  summary: "say which backend events a hit of a stream would be; nothing is sent or written",
  args: [streamArgument, { name: "BODY", says: "a file with the body of a hit" }],
  options: {
    "content-type": { value: "TYPE", says: "of the body; JSON and forms are known without it" },
    "backend-events": { value: "FILE", says: "a JSON file to try in the place of what the stream has" },
    json: { says: "print it as JSON" },
  },
  notes: [
    "It leaves with 1 where an item of the hit is rejected. docs/streams.md explains backend events.",
    "",
    "Example: afterclick streams preview Orders order.json --backend-events events.json",
  ],
  async run(typed, { api, settings, terminal }) {
    const { id } = await findStream(api, typed.args[0]!);
    const file = typed.text("backend-events");
    const content_type = typed.text("content-type");
    const body = {
      body: await readBody(resolve(settings.workingDir, typed.args[1]!)),
      ...(content_type !== undefined && { content_type }),
      ...(file !== undefined && { backend_events: await readJsonFile(file, settings) }),
    };
    const preview = await api.ask<Preview>(
      { method: "POST", path: path`/v1/streams/${id}/backend-events`, body },
      { events: "array", rejects: "array", left: "number" },
    );
    const { events, rejects, left } = preview;
    if (typed.flag("json")) await terminal.out(`${json(preview, 2)}\n`);
    else {
      const columns = ["item", "date", "ev", "reference_ev", "reference_id", "value"].map((name) => ({
        name,
      }));
      const rows = events.map((event) => [
        event.row,
        event.date,
        event.ev,
        event.reference_ev.join(","),
        event.reference_id,
        event.value ?? "",
      ]);
      if (rows.length > 0) await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
      for (const { row, faults } of rejects)
        for (const { code, field, says } of faults)
          terminal.say(visible(`item ${row}: ${code}${field === undefined ? "" : ` (${field})`}: ${says}`));
      if (left > 0) terminal.say(`${left} of the items: no rule holds, so that they are no events.`);
    }
    return rejects.length === 0 ? exitCodes.done : exitCodes.failed;
  },
};

async function readBody(file: string): Promise<string> {
  try {
    return (await readFile(file)).toString();
  } catch (error) {
    throw failed(visible(`${file} cannot be read: ${why(error)}.`), error);
  }
}

import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { fieldOptions, typedFields, showStream } from "../nouns/streams.ts";
import type { StreamView } from "../api/views.ts";
import { json } from "../terminal/visible.ts";

export const streamsAdd: Command = {
  name: "streams add",
  summary: "register a source; prints its endpoint and a curl line to try it",
  args: [],
  options: { ...fieldOptions, json: { says: "print the stream as JSON" } },
  notes: [
    "--table and --offset are required. The endpoint is the key: whoever knows it can send hits.",
    "",
    'Example: afterclick streams add --table crm.leads --offset +03:00 --name "Leads"',
  ],
  async run(typed, { api, settings, terminal }) {
    const fields = await typedFields(typed, settings);
    for (const name of ["table", "offset"]) {
      if (fields[name] !== undefined) continue;
      const { value, says } = fieldOptions[name]!;
      throw wrongUsage(
        `streams add needs --${name} ${value}: ${says}. afterclick streams add --help shows an example.`,
      );
    }
    const stream = await api.ask<StreamView>(
      { method: "POST", path: "/v1/streams", body: fields },
      { id: "string" },
    );
    if (typed.flag("json")) await terminal.out(`${json(stream, 2)}\n`);
    else await showStream(stream, terminal);
  },
};

import type { Command } from "../command.ts";
import { findStream, showStream, streamArgument } from "../streams.ts";
import { json } from "../visible.ts";

export const streamsShow: Command = {
  name: "streams show",
  summary: "show one stream: its fields, its endpoint, what is wrong with it",
  args: [streamArgument],
  options: { json: { says: "print it as JSON" } },
  async run(given, { api, terminal }) {
    const stream = await findStream(api, given.args[0]!);
    if (given.flag("json")) await terminal.out(`${json(stream, 2)}\n`);
    else await showStream(stream, terminal);
  },
};

import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { findStream, showStream, streamArgument } from "../nouns/streams.ts";
import type { StreamView } from "../api/views.ts";
import { json } from "../terminal/visible.ts";

export const streamsShow: Command = {
  name: "streams show",
  summary: "show one stream: its fields, its endpoint, what its last hits hold, what is wrong with it",
  args: [streamArgument],
  options: { json: { says: "print it as JSON" } },
  async run(typed, { api, terminal }) {
    const { id } = await findStream(api, typed.args[0]!);
    const stream = await api.ask<StreamView>(
      { path: `${path`/v1/streams/${id}`}?hits=true` },
      { id: "string" },
    );
    if (typed.flag("json")) await terminal.out(`${json(stream, 2)}\n`);
    else await showStream(stream, terminal);
  },
};

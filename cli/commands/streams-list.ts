import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { sayTroubles, stateOf } from "../streams.ts";
import type { StreamView } from "../api/views.ts";
import { json } from "../terminal/visible.ts";

export const streamsList: Command = {
  name: "streams list",
  summary: "list the streams, with what is wrong with them",
  args: [],
  options: {
    removed: { says: "list removed streams too" },
    json: { says: "print them as JSON" },
  },
  async run(given, { api, terminal }) {
    const path = given.flag("removed") ? "/v1/streams?removed=true" : "/v1/streams";
    const { streams } = await api.ask<{ streams: StreamView[] }>({ path }, { streams: "array" });
    if (given.flag("json")) {
      await terminal.out(`${json(streams, 2)}\n`);
      return;
    }
    if (streams.length === 0) {
      terminal.say("There is no stream yet. afterclick streams add registers one.");
      return;
    }
    const lines = tableLines(
      [
        { name: "id", whole: true },
        { name: "name" },
        { name: "table" },
        { name: "offset" },
        { name: "state" },
      ],
      streams.map((stream) => [
        stream.id,
        stream.name ?? "",
        stream.table ?? "",
        stream.offset ?? "",
        stateOf(stream),
      ]),
      terminal.width,
    );
    await terminal.out(`${lines.join("\n")}\n`);
    for (const stream of streams) sayTroubles(stream, terminal, streams);
  },
};

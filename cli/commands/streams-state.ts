import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { findStream, sayTroubles, streamArgument } from "../nouns/streams.ts";
import type { StreamView } from "../api/views.ts";
import { json, visible } from "../terminal/visible.ts";

/** Pause and resume differ in a word. */
export const streamsPause = switchTo(
  "pause",
  "paused",
  "answer 503 for a while: senders that retry lose nothing",
);
export const streamsResume = switchTo("resume", "active", "take hits again");

function switchTo(verb: string, state: string, summary: string): Command {
  return {
    name: `streams ${verb}`,
    summary,
    args: [streamArgument],
    options: { json: { says: "print the stream as JSON" } },
    async run(typed, { api, terminal }) {
      const { id } = await findStream(api, typed.args[0]!);
      const stream = await api.ask<StreamView>(
        { method: "PATCH", path: path`/v1/streams/${id}`, body: { state } },
        { id: "string" },
      );
      if (typed.flag("json")) {
        await terminal.out(`${json(stream, 2)}\n`);
        return;
      }
      await terminal.out(visible(`${stream.name ?? stream.id} is ${stream.state ?? state}.`) + "\n");
      sayTroubles(stream, terminal);
    },
  };
}

import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { failed, wrongUsage } from "../failure.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import type { StreamView } from "../api/views.ts";
import { json, visible } from "../terminal/visible.ts";

export const streamsRemove: Command = {
  name: "streams remove",
  summary: "close a stream for ever: its address answers 410 and is never used again",
  args: [streamArgument],
  options: {
    yes: { says: "do not ask" },
    json: { says: "print the stream as JSON" },
  },
  notes: ["Its rows stay in the table. streams pause is the way back-and-forth; this one is not."],
  async run(typed, { api, terminal }) {
    if (!typed.flag("yes") && terminal.ask === undefined) {
      throw wrongUsage(
        "streams remove asks before it closes a stream for ever, and nobody can answer here; give --yes.",
      );
    }
    const found = await findStream(api, typed.args[0]!);
    // A document written by hand may have an id that no address can hold.
    const isReachable = found.reachable !== false;
    if (!typed.flag("yes")) {
      const word = found.name ?? found.id;
      terminal.say(
        visible(
          `${word} (${found.table ?? "no table"}) closes for ever: ${isReachable ? "its senders get 410" : "no hit can reach its id"}. Its rows stay.`,
        ),
      );
      const answer = (await terminal.ask!(visible(`Type ${word} to remove it: `)))?.trim();
      if (
        answer === undefined ||
        (answer !== found.name?.trim() && answer.toLowerCase() !== found.id.toLowerCase())
      ) {
        throw failed("That was not its name or id; nothing was removed.");
      }
    }
    const stream = await api.ask<StreamView>(
      { method: "DELETE", path: path`/v1/streams/${found.id}` },
      { id: "string" },
    );
    await terminal.out(
      typed.flag("json")
        ? `${json(stream, 2)}\n`
        : visible(
            `${found.name ?? found.id} is removed: ${isReachable ? "its address answers 410" : "no hit could reach its id, which is no UUID in lower case"}.`,
          ) + "\n",
    );
  },
};

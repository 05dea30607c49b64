import { runJob } from "../api/jobs.ts";
import type { Command } from "../command.ts";
import { confirm, mustBeAskable } from "../terminal/confirm.ts";
import { exitCodes, wrongUsage } from "../failure.ts";
import { countWaiting, selectionOf, selectionOptions } from "../nouns/letters.ts";

const noteLettersMax = 500;

export const deadLettersDiscard: Command = {
  name: "dead-letters discard",
  summary: "give dead letters up, with a note that says why",
  args: [
    {
      name: "HIT_ID",
      says: "one dead letter; or choose with options",
      optional: true,
    },
  ],
  options: {
    ...selectionOptions,
    all: { says: "all that wait" },
    note: {
      value: "TEXT",
      says: `why, for whoever asks later: 1 to ${noteLettersMax} characters`,
    },
    yes: { says: "do not ask" },
  },
  notes: ["Their bytes are kept with the note; they no longer count as waiting and cannot be replayed."],
  async run(typed, tools) {
    const { api, terminal, settings } = tools;
    const note = typed.text("note")?.trim() ?? "";
    if (note === "" || note.length > noteLettersMax) {
      throw wrongUsage(
        `dead-letters discard needs --note TEXT with 1 to ${noteLettersMax} characters; it has ${note.length}. Say why.`,
      );
    }
    const selection = await selectionOf("discard", typed, tools);
    if (!typed.flag("yes")) mustBeAskable("dead-letters discard", terminal);
    const { count, text } = await countWaiting(api, selection);
    if (count === 0) {
      terminal.say("No dead letter waits there; nothing was discarded.");
      return exitCodes.done;
    }
    if (!typed.flag("yes")) await confirm(`Discard ${text} for good?`, "dead-letters discard", terminal);
    if (selection.hit_id === undefined)
      return runJob(tools, { what: "discard", ...selection, note, by: settings.by });
    await api.ask<{ discarded: number }>(
      {
        method: "POST",
        path: "/v1/dead-letters/discard",
        body: { ...selection, note, by: settings.by },
        deadlineMs: 60_000,
      },
      { discarded: "number" },
    );
    await terminal.out("1 dead letter is discarded.\n");
    return exitCodes.done;
  },
};

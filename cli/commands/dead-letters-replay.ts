import { runJob } from "../api/jobs.ts";
import type { Command } from "../command.ts";
import { confirm, mustBeAskable } from "../terminal/confirm.ts";
import { exitCodes, wrongUsage } from "../failure.ts";
import { countWaiting, selectionOf, selectionOptions } from "../nouns/letters.ts";

export const deadLettersReplay: Command = {
  name: "dead-letters replay",
  summary: "send dead letters on their way again, once what was wrong is fixed",
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
    "let-through": { says: "one HIT_ID that is kept apart: you have looked at it, and it may go through" },
    yes: { says: "do not ask" },
  },
  notes: [
    "They keep their hit_id, received_at and date. What fails again is a dead letter again, with its new reason.",
    "Several are counted first, and you are asked. They are a job that the server works on by itself: it goes on when you",
    "leave (Ctrl-C), jobs list shows it, jobs stop ends it, and the same command again takes it up.",
    "Hits that are kept apart stay: nobody knows who sent them.",
    "",
    "Example: afterclick dead-letters replay --reason schema_differs --since 2026-11-14 --until 2026-11-16",
  ],
  async run(typed, tools) {
    const { api, terminal, settings } = tools;
    const single = typed.args.length > 0;
    const letThrough = typed.flag("let-through");
    if (letThrough && !single)
      throw wrongUsage("--let-through needs a HIT_ID: hits that are kept apart go through one by one.");
    const selection = await selectionOf("replay", typed, tools);
    if (!single && !typed.flag("yes")) mustBeAskable("dead-letters replay", terminal);
    const { count, text } = await countWaiting(api, selection);
    if (count === 0) {
      terminal.say("No dead letter waits there; nothing was replayed.");
      return exitCodes.done;
    }
    if (!single && !typed.flag("yes")) await confirm(`Replay ${text}?`, "dead-letters replay", terminal);
    if (!single) return runJob(tools, { what: "replay", ...selection, by: settings.by });
    await api.ask<{ replayed: number }>(
      {
        method: "POST",
        path: "/v1/dead-letters/replay",
        body: { ...selection, by: settings.by, ...(letThrough && { let_through: true }) },
        deadlineMs: 60_000,
      },
      { replayed: "number" },
    );
    await terminal.out("1 hit is on the way again.\n");
    return exitCodes.done;
  },
};

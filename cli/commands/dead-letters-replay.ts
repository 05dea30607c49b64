import type { Command } from "../command.ts";
import { confirm, mustBeAskable } from "../confirm.ts";
import { exitCodes } from "../failure.ts";
import { countWaiting, selectionOf, selectionOptions } from "../letters.ts";
import { visible } from "../visible.ts";

/** The server publishes each hit again before it answers. */
const deadlineMs = 30 * 60 * 1000;

export const deadLettersReplay: Command = {
  name: "dead-letters replay",
  summary:
    "send dead letters on their way again, once what was wrong is mended",
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
    yes: { says: "do not ask" },
  },
  notes: [
    "They keep their hit_id, received_at and date. What fails again is a dead letter again, with its new reason.",
    "Several are counted first, and you are asked.",
    "",
    "Example: afterclick dead-letters replay --reason schema_differs",
  ],
  async run(given, tools) {
    const { api, terminal, settings } = tools;
    const single = given.args.length > 0;
    const selection = await selectionOf("replay", given, tools);
    if (!single && !given.flag("yes"))
      mustBeAskable("dead-letters replay", terminal);
    const { count, text } = await countWaiting(api, selection);
    if (count === 0) {
      terminal.say("No dead letter waits there; nothing was replayed.");
      return;
    }
    if (!single && !given.flag("yes"))
      await confirm(`Replay ${text}?`, "dead-letters replay", terminal);
    const { replayed, refused = [] } = await api.ask<{
      replayed: number;
      refused?: { stream_id?: string; why: string }[];
    }>(
      {
        method: "POST",
        path: "/v1/dead-letters/replay",
        body: { ...selection, by: settings.by },
        deadlineMs,
      },
      { replayed: "number" },
    );
    await terminal.out(
      `${replayed} ${replayed === 1 ? "hit is" : "hits are"} on the way again.\n`,
    );
    for (const { stream_id, why } of refused)
      terminal.say(
        visible(
          `Not replayed${stream_id === undefined ? "" : ` (${stream_id})`}: ${why}`,
        ),
      );
    return refused.length > 0 ? exitCodes.failed : exitCodes.done;
  },
};

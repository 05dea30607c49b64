import type { Command } from "../command.ts";
import { confirm, mustBeAskable } from "../confirm.ts";
import { exitCodes } from "../failure.ts";
import { countWaiting, selectionOf, selectionOptions } from "../letters.ts";
import { inRounds, type Round } from "../rounds.ts";
import { visible } from "../visible.ts";

interface Replayed extends Round {
  readonly refused?: readonly Refused[];
}
interface Refused {
  readonly stream_id?: string;
  readonly why: string;
}

export const deadLettersReplay: Command = {
  name: "dead-letters replay",
  summary: "send dead letters on their way again, once what was wrong is mended",
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
    if (!single && !given.flag("yes")) mustBeAskable("dead-letters replay", terminal);
    const { count, text } = await countWaiting(api, selection);
    if (count === 0) {
      terminal.say("No dead letter waits there; nothing was replayed.");
      return;
    }
    if (!single && !given.flag("yes")) await confirm(`Replay ${text}?`, "dead-letters replay", terminal);
    // Each request names them anew.
    const refused = new Map<string | undefined, Refused>();
    const replayed = await inRounds(tools, {
      path: "/v1/dead-letters/replay",
      body: { ...selection, by: settings.by },
      field: "replayed",
      of: text,
      sum: onTheWay,
      onAnswer({ refused: more = [] }: Replayed) {
        for (const one of more) refused.set(one.stream_id, one);
      },
    });
    await terminal.out(`${onTheWay(replayed)}.\n`);
    for (const { stream_id, why } of refused.values())
      terminal.say(visible(`Not replayed${stream_id === undefined ? "" : ` (${stream_id})`}: ${why}`));
    return refused.size > 0 ? exitCodes.failed : exitCodes.done;
  },
};

const onTheWay = (hits: number) => `${hits} ${hits === 1 ? "hit is" : "hits are"} on the way again`;

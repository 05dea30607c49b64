import { counted } from "../../functions/counted.ts";
import type { Command } from "../command.ts";
import { confirm, mustBeAskable } from "../terminal/confirm.ts";
import { exitCodes, wrongUsage } from "../failure.ts";
import { countWaiting, selectionOf, selectionOptions, streamTexts } from "../nouns/letters.ts";
import { inRounds, type Round } from "../api/rounds.ts";
import { visible } from "../terminal/visible.ts";

interface Replayed extends Round {
  readonly refused?: readonly Refused[];
}
interface Refused {
  readonly stream_ref?: string;
  readonly why: string;
}

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
    "Several are counted first, and you are asked. Hits that are kept apart stay: nobody knows who sent them.",
    "",
    "Example: afterclick dead-letters replay --reason schema_differs",
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
      return;
    }
    if (!single && !typed.flag("yes")) await confirm(`Replay ${text}?`, "dead-letters replay", terminal);
    // Each request names them anew.
    const refused = new Map<string | undefined, Refused>();
    const replayed = await inRounds(tools, {
      path: "/v1/dead-letters/replay",
      body: { ...selection, by: settings.by, ...(letThrough && { let_through: true }) },
      field: "replayed",
      of: text,
      sum: onTheWay,
      onAnswer({ refused: more = [] }: Replayed) {
        for (const one of more) refused.set(one.stream_ref, one);
      },
    });
    await terminal.out(`${onTheWay(replayed)}.\n`);
    if (refused.size === 0) return exitCodes.done;
    const streamText = await streamTexts(api);
    for (const { stream_ref, why } of refused.values())
      terminal.say(
        visible(`Not replayed${stream_ref === undefined ? "" : ` (${streamText(stream_ref)})`}: ${why}`),
      );
    return exitCodes.failed;
  },
};

const onTheWay = (hits: number) => `${counted(hits, "hit is", "hits are")} on the way again`;

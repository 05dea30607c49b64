import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { hitArgument, hitIdOf, letterLines } from "../nouns/hits.ts";
import type { LetterView } from "../api/views.ts";
import { json, visible, visibleLines } from "../terminal/visible.ts";

/** A screen is no place for megabytes; --json has them. */
const screenLettersMax = 4000;

export const deadLettersShow: Command = {
  name: "dead-letters show",
  summary: "show one dead letter: why, since when, and its body",
  args: [hitArgument],
  options: {
    json: { says: "print it as JSON; body_base64 is the body byte for byte" },
  },
  async run(typed, { api, terminal }) {
    const letter = await api.ask<LetterView & { body_base64: string; text?: string }>(
      {
        path: path`/v1/dead-letters/${hitIdOf(typed.args[0]!)}`,
        deadlineMs: 60_000,
      },
      { hit_id: "string", body_base64: "string" },
    );
    if (typed.flag("json")) {
      await terminal.out(`${json(letter, 2)}\n`);
      return;
    }
    const text = letter.text ?? "";
    const head = [`hit_id ${letter.hit_id}`, ...letterLines(letter, terminal.width), ""];
    await terminal.out(`${head.map((line) => visible(line)).join("\n")}\n`);
    const screen = terminal.width !== undefined;
    await terminal.out(`${visibleLines(screen ? text.slice(0, screenLettersMax) : text)}\n`);
    if (screen && text.length > screenLettersMax) {
      terminal.say(`The body is cut after ${screenLettersMax} characters; --json prints it whole.`);
    }
  },
};

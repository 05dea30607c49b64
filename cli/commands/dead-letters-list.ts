import { letterStates, reasons } from "../../functions/letters/letter.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { daysOf, listLetters, selectionOptions, streamOf, streamTexts } from "../nouns/letters.ts";
import { utcText } from "../terminal/times.ts";
import { json } from "../terminal/visible.ts";

export const deadLettersList: Command = {
  name: "dead-letters list",
  summary: "list hits that cannot become rows until a person fixes something",
  args: [],
  options: {
    ...selectionOptions,
    state: {
      value: "STATE",
      says: `${letterStates.join(", ")}; waiting where left out`,
    },
    limit: { value: "N", says: "how many, 1 to 1000; 100 where left out" },
    offset: { value: "N", says: "leave out the first so many" },
    json: { says: "print them as JSON" },
  },
  async run(typed, { api, terminal }) {
    const stream = typed.text("stream");
    const reason = typed.oneOf("reason", reasons);
    const state = typed.oneOf("state", letterStates) ?? "waiting";
    const limit = typed.whole("limit", { min: 1, max: 1000, usual: 100 });
    const letters = await listLetters(api, {
      state,
      limit,
      offset: typed.whole("offset", { min: 0, max: 1_000_000, usual: 0 }),
      ...(stream !== undefined && (await streamOf(api, stream))),
      ...(reason !== undefined && { reason }),
      ...daysOf(typed),
    });
    if (typed.flag("json")) {
      await terminal.out(`${json(letters, 2)}\n`);
      return;
    }
    if (letters.length === 0) {
      terminal.say(`No dead letter is ${state}.`);
      return;
    }
    const streamText = await streamTexts(api);
    const lines = tableLines(
      [
        { name: "hit_id", whole: true },
        { name: "stream", whole: true },
        { name: "reason" },
        { name: "received" },
        { name: "attempt" },
        { name: "detail" },
      ],
      letters.map((letter) => [
        letter.hit_id,
        streamText(letter.stream_ref),
        letter.reason,
        utcText(letter.received_at),
        letter.attempt,
        letter.detail,
      ]),
      terminal.width,
    );
    await terminal.out(`${lines.join("\n")}\n`);
    if (letters.length === limit)
      terminal.say(`These are the first ${limit}; --limit and --offset show others.`);
  },
};

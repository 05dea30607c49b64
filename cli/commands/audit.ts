import type { Entry } from "../../functions/people/audit.ts";
import { search } from "../api/api.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

export const audit: Command = {
  name: "audit",
  summary: "show what people did: who, when, what, before and after; the newest first",
  args: [],
  options: {
    limit: { value: "N", says: "how many, 1 to 1000 (100 where left out)" },
    after: { value: "ID", says: "go on behind this entry, the last one of a page" },
    json: { says: "print them as JSON" },
  },
  async run(given, { api, terminal }) {
    const limit = given.whole("limit", { min: 1, max: 1_000, usual: 100 });
    const { entries } = await api.ask<{ entries: Entry[] }>(
      { path: `/v1/audit${search({ limit: String(limit), after: given.text("after") })}` },
      { entries: "array" },
    );
    if (given.flag("json")) {
      await terminal.out(`${json(entries, 2)}\n`);
      return;
    }
    if (entries.length === 0) {
      terminal.say("Nothing was done.");
      return;
    }
    const lines = tableLines(
      [
        { name: "when", whole: true },
        { name: "who" },
        { name: "what", whole: true },
        { name: "about" },
        { name: "before" },
        { name: "after" },
      ],
      entries.map(({ at, who, what, about, before, after }) => [
        utcText(at),
        who,
        what,
        about ?? "",
        text(before),
        text(after),
      ]),
      terminal.width,
    );
    await terminal.out(`${lines.join("\n")}\n`);
    if (entries.length === limit)
      terminal.say(visible(`For those before: afterclick audit --after ${entries.at(-1)!.id}`));
  },
};

const text = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value));

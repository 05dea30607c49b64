import { deeds, type Entry } from "../../functions/people/audit.ts";
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
    who: { value: "NAME", says: "only what this person did" },
    what: { value: "DEED", says: "only that, e.g. stream_changed" },
    json: { says: "print them as JSON" },
  },
  async run(typed, { api, terminal }) {
    const limit = typed.whole("limit", { min: 1, max: 1_000, usual: 100 });
    const what = typed.oneOf("what", deeds);
    const { entries, next } = await api.ask<{ entries: Entry[]; next?: string }>(
      {
        path:
          "/v1/audit" +
          search({
            limit: String(limit),
            after: typed.text("after"),
            who: typed.text("who")?.toLowerCase(),
            what,
          }),
      },
      { entries: "array" },
    );
    if (typed.flag("json")) {
      await terminal.out(`${json(entries, 2)}\n`);
      return;
    }
    if (entries.length === 0 && next === undefined) {
      terminal.say(
        typed.text("who") === undefined && what === undefined
          ? "Nothing was done."
          : "Nothing of that was done.",
      );
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
        { name: "outcome" },
      ],
      entries.map(({ at, who, what, about, before, after, outcome }) => [
        utcText(at),
        who,
        what,
        about ?? "",
        text(before),
        text(after),
        outcome ?? "done",
      ]),
      terminal.width,
    );
    await terminal.out(`${lines.join("\n")}\n`);
    if (next !== undefined) terminal.say(visible(`For those before: afterclick audit --after ${next}`));
  },
};

const text = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value));

import type { Preset } from "../../functions/senders/presets/preset.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { factLines } from "../terminal/layout.ts";
import { json } from "../terminal/visible.ts";

export const sendersShow: Command = {
  name: "senders show",
  summary: "show what a sender stands for, in the words of a stream's document",
  args: [{ name: "NAME", says: "a name of senders list" }],
  options: { json: { says: "print the sender as JSON" } },
  async run(typed, { api, terminal }) {
    const sender = await api.ask<Preset>({ path: path`/v1/senders/${typed.args[0]!}` }, { name: "string" });
    if (typed.flag("json")) return terminal.out(`${json(sender, 2)}\n`);
    const { notes = [], unverified = [], secrets = {}, thin, ...parts } = sender;
    const facts: [string, unknown][] = [
      ...Object.entries(parts),
      ...Object.entries(secrets).map(([slot, says]): [string, unknown] => [`secret ${slot}`, says]),
      ...(thin === true ? ([["sends", "ids only, not what they name"]] as [string, unknown][]) : []),
      ...notes.map((note): [string, unknown] => ["note", note]),
      ...unverified.map((note): [string, unknown] => ["not verified", note]),
    ];
    await terminal.out(`${factLines(facts).join("\n")}\n`);
  },
};

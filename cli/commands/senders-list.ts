import type { Preset } from "../../functions/senders/presets/preset.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { json } from "../terminal/visible.ts";

export const sendersList: Command = {
  name: "senders list",
  summary: "list the senders that a stream can name in one word",
  args: [],
  options: { json: { says: "print the senders as JSON" } },
  notes: ["Example: afterclick streams add --table crm.leads --offset UTC --sender shopify"],
  async run(typed, { api, terminal }) {
    const { senders } = await api.ask<{ senders: Preset[] }>({ path: "/v1/senders" }, { senders: "array" });
    if (typed.flag("json")) return terminal.out(`${json(senders, 2)}\n`);
    const rows = senders.map(({ name, label, auth, thin }) => [
      name,
      label,
      [auth ?? []]
        .flat()
        .map(({ scheme }) => scheme)
        .join(", ") || "none: the address is the key",
      thin === true ? "ids only" : "",
    ]);
    const columns = [{ name: "name", whole: true }, { name: "sender" }, { name: "proof" }, { name: "sends" }];
    await terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
  },
};

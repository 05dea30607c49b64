import type { TokenView } from "../../functions/people/tokens.ts";
import { everyPage } from "../api/pages.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json } from "../terminal/visible.ts";

export const tokensList: Command = {
  name: "tokens list",
  summary: "list your tokens, or for admins everybody's, and when each was used last",
  args: [],
  options: { json: { says: "print them as JSON" } },
  async run(typed, { api, terminal }) {
    const { items: tokens } = await everyPage<TokenView>(api, "/v1/tokens", "tokens");
    if (typed.flag("json")) {
      await terminal.out(`${json(tokens, 2)}\n`);
      return;
    }
    if (tokens.length === 0) {
      terminal.say("There is no token yet. afterclick tokens add makes one.");
      return;
    }
    const lines = tableLines(
      [
        { name: "id", whole: true },
        { name: "name" },
        { name: "person" },
        { name: "role" },
        { name: "payloads" },
        { name: "last used" },
        { name: "ends" },
      ],
      tokens.map((token) => [
        token.id,
        token.name,
        token.person,
        token.role,
        token.sees_payloads ? "yes" : "no",
        token.used_at === undefined ? "never" : utcText(token.used_at),
        token.until === undefined ? "" : utcText(token.until),
      ]),
      terminal.width,
    );
    await terminal.out(`${lines.join("\n")}\n`);
  },
};

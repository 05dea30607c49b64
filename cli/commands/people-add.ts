import type { Command } from "../command.ts";
import { typedRole, typedScope, type Linked, nameArgument, scopeOptions, showLink } from "../nouns/people.ts";
import { json } from "../terminal/visible.ts";

export const peopleAdd: Command = {
  name: "people add",
  summary: "add a person; prints a link by which they set a password",
  args: [nameArgument],
  options: { ...scopeOptions, json: { says: "print the answer as JSON" } },
  notes: [
    "--role is required. Payloads are not seen unless --payloads yes says so. Hand the link over yourself: no mail is sent.",
    "",
    "Example: afterclick people add maria@example.com --role editor --payloads yes",
  ],
  async run(typed, { api, terminal }) {
    const role = typedRole(typed, "people add");
    const body = { name: typed.args[0]!, ...typedScope(typed), role };
    const linked = await api.ask<Linked>(
      { method: "POST", path: "/v1/people", body },
      { person: "object", link: "object" },
    );
    if (typed.flag("json")) await terminal.out(`${json(linked, 2)}\n`);
    else await showLink(linked, terminal);
  },
};

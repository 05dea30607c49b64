import type { Command } from "../command.ts";
import { givenRole, givenScope, type Linked, nameArgument, scopeOptions, showLink } from "../nouns/people.ts";
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
  async run(given, { api, terminal }) {
    const role = givenRole(given, "people add");
    const body = { name: given.args[0]!, ...givenScope(given), role };
    const linked = await api.ask<Linked>(
      { method: "POST", path: "/v1/people", body },
      { person: "object", link: "object" },
    );
    if (given.flag("json")) await terminal.out(`${json(linked, 2)}\n`);
    else await showLink(linked, terminal);
  },
};

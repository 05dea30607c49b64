import type { PersonView } from "../../functions/people/change.ts";
import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { typedScope, nameArgument, scopeOptions, scopeText } from "../nouns/people.ts";
import { json, visible } from "../terminal/visible.ts";

export const peopleRole: Command = {
  name: "people role",
  summary: "give a person another role, or let them see payloads, or not",
  args: [nameArgument],
  options: { ...scopeOptions, json: { says: "print the person as JSON" } },
  notes: [
    "It holds at once, for sessions and tokens too.",
    "",
    "Example: afterclick people role maria@example.com --payloads no",
  ],
  async run(typed, { api, terminal }) {
    const body = typedScope(typed);
    if (Object.keys(body).length === 0)
      throw wrongUsage("people role needs --role ROLE or --payloads YES_OR_NO.");
    const person = await api.ask<PersonView>(
      { method: "PATCH", path: path`/v1/people/${typed.args[0]!}`, body },
      { name: "string", role: "string" },
    );
    await terminal.out(
      typed.flag("json") ? `${json(person, 2)}\n` : `${visible(`${person.name}: ${scopeText(person)}.`)}\n`,
    );
  },
};

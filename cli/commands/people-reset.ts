import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { type Linked, nameArgument, showLink } from "../nouns/people.ts";
import { json } from "../terminal/visible.ts";

export const peopleReset: Command = {
  name: "people reset",
  summary: "end a person's password and sessions; prints a link by which they set a new password",
  args: [nameArgument],
  options: { json: { says: "print the answer as JSON" } },
  async run(typed, { api, terminal }) {
    const linked = await api.ask<Linked>(
      { method: "POST", path: path`/v1/people/${typed.args[0]!}/reset` },
      { person: "object", link: "object" },
    );
    if (typed.flag("json")) await terminal.out(`${json(linked, 2)}\n`);
    else await showLink(linked, terminal);
  },
};

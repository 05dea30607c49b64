import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { confirm, mustBeAskable } from "../terminal/confirm.ts";
import { shown } from "../typed.ts";
import { nameArgument } from "../nouns/people.ts";
import { visible } from "../terminal/visible.ts";

export const peopleRemove: Command = {
  name: "people remove",
  summary: "remove a person: their sessions and tokens end at once",
  args: [nameArgument],
  options: { yes: { says: "do not ask" } },
  async run(typed, { api, terminal }) {
    const [name] = typed.args as [string];
    if (!typed.flag("yes")) {
      mustBeAskable("people remove", terminal);
      await confirm(`Remove ${shown(name)}?`, "people remove", terminal);
    }
    await api.ask<{ name: string }>({ method: "DELETE", path: path`/v1/people/${name}` }, { name: "string" });
    await terminal.out(`${visible(`${name} is removed.`)}\n`);
  },
};

import type { PersonView } from "../../functions/people/change.ts";
import { everyPage } from "../api/pages.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

export const peopleList: Command = {
  name: "people list",
  summary: "list the people, what they may do, and whether they have a password",
  args: [],
  options: { json: { says: "print them as JSON" } },
  async run(typed, { api, terminal }) {
    const {
      items: people,
      first: { iap_audience },
    } = await everyPage<PersonView, { iap_audience?: string }>(api, "/v1/people", "people");
    if (typed.flag("json")) {
      await terminal.out(`${json({ people, ...(iap_audience !== undefined && { iap_audience }) }, 2)}\n`);
      return;
    }
    if (people.length === 0) terminal.say("There is nobody yet. afterclick people add adds a person.");
    else {
      const lines = tableLines(
        [
          { name: "name", whole: true },
          { name: "role" },
          { name: "payloads" },
          { name: "signs in" },
          { name: "added by" },
        ],
        people.map((person) => [
          person.name,
          person.first_admin === true ? `${person.role}, by configuration` : person.role,
          person.sees_payloads ? "yes" : "no",
          signsIn(person),
          person.added_by,
        ]),
        terminal.width,
      );
      await terminal.out(`${lines.join("\n")}\n`);
    }
    if (iap_audience !== undefined) terminal.say(visible(`Identity-Aware Proxy: ${iap_audience}`));
  },
};

function signsIn({ has_password, link_until }: PersonView): string {
  if (has_password) return "password";
  return link_until === undefined ? "" : `link until ${utcText(link_until)}`;
}

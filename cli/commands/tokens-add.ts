import type { TokenView } from "../../functions/people/tokens.ts";
import type { Command } from "../command.ts";
import { givenRole, givenScope, scopeOptions, scopeText } from "../nouns/people.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

const daysMax = 3_650;

export const tokensAdd: Command = {
  name: "tokens add",
  summary: "make a token by which programs ask in a person's name; it is printed once",
  args: [{ name: "NAME", says: "what it is for, such as nightly-report" }],
  options: {
    ...scopeOptions,
    person: { value: "NAME", says: "whose it is; your own where left out, another one's is for admins" },
    days: {
      value: "N",
      says: `after how many days it ends, 1 to ${daysMax}; never by itself where left out`,
    },
    json: { says: "print the answer as JSON" },
  },
  notes: [
    "--role is required. A token never reaches further than its person does.",
    "",
    "Example: afterclick tokens add nightly-report --role viewer --payloads yes --days 365",
  ],
  async run(given, { api, terminal }) {
    const role = givenRole(given, "tokens add");
    const person = given.text("person");
    const days =
      given.text("days") === undefined ? undefined : given.whole("days", { min: 1, max: daysMax, usual: 1 });
    const body = {
      name: given.args[0]!,
      ...givenScope(given),
      role,
      ...(person !== undefined && { person }),
      ...(days !== undefined && { days }),
    };
    const token = await api.ask<TokenView & { token: string }>(
      { method: "POST", path: "/v1/tokens", body },
      { id: "string", token: "string" },
    );
    if (given.flag("json")) {
      await terminal.out(`${json(token, 2)}\n`);
      return;
    }
    const end = token.until === undefined ? "" : `, until ${utcText(token.until)}`;
    terminal.say(
      visible(`Token ${token.id} of ${token.person} (${scopeText(token)}${end}), shown this once:`),
    );
    await terminal.out(`${visible(token.token)}\n`);
  },
};

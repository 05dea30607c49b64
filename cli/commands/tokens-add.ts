import type { TokenView } from "../../functions/people/tokens.ts";
import type { Command } from "../command.ts";
import { typedRole, typedScope, scopeOptions, scopeText } from "../nouns/people.ts";
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
  async run(typed, { api, terminal }) {
    const role = typedRole(typed, "tokens add");
    const person = typed.text("person");
    const days =
      typed.text("days") === undefined ? undefined : typed.whole("days", { min: 1, max: daysMax, usual: 1 });
    const body = {
      name: typed.args[0]!,
      ...typedScope(typed),
      role,
      ...(person !== undefined && { person }),
      ...(days !== undefined && { days }),
    };
    const token = await api.ask<TokenView & { token: string }>(
      { method: "POST", path: "/v1/tokens", body },
      { id: "string", token: "string" },
    );
    if (typed.flag("json")) {
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

import type { Command } from "../command.ts";
import { scopeText } from "../nouns/people.ts";
import { json, visible } from "../terminal/visible.ts";

interface Me {
  name: string;
  role: string;
  sees_payloads: boolean;
  how: string;
}

export const me: Command = {
  name: "me",
  summary: "tell as whom the server knows you, and what you may do",
  args: [],
  options: {
    "sign-out-everywhere": { says: "end all your sessions in browsers; tokens stay" },
    json: { says: "print it as JSON" },
  },
  async run(typed, { api, terminal }) {
    if (typed.flag("sign-out-everywhere")) {
      const { name } = await api.ask<{ name: string }>(
        { method: "POST", path: "/v1/me/sign-out-everywhere" },
        { name: "string" },
      );
      await terminal.out(`${visible(`All sessions of ${name} are over.`)}\n`);
      return;
    }
    const answer = await api.ask<Me>({ path: "/v1/me" }, { name: "string", role: "string" });
    await terminal.out(
      typed.flag("json")
        ? `${json(answer, 2)}\n`
        : `${visible(`${answer.name}, known by ${ways[answer.how] ?? answer.how}: ${scopeText(answer)}.`)}\n`,
    );
  },
};

const ways: Readonly<Record<string, string>> = {
  machine: "being on the server's own machine",
  session: "a session",
  token: "a token",
  iap: "Identity-Aware Proxy",
  google: "an ID token of Google's",
};

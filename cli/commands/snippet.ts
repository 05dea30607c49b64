import { path, search } from "../api/api.ts";
import type { Command } from "../command.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";

export const snippet: Command = {
  name: "snippet",
  summary: "print what sends to a stream: a file that runs, or the steps in a CRM or shop",
  args: [streamArgument],
  options: {
    type: {
      value: "TYPE",
      says: "a language, a system, or html for a page with all of them; bash where left out",
    },
    body: { value: "BODY", says: "form or json: how a language writes its body; form where left out" },
  },
  notes: [
    "Languages: bash, php, python, node, java, csharp, ruby, go, apps-script, 1c.",
    "Systems that call a URL: bitrix24, kommo, hubspot, tilda, woocommerce, shopify, other.",
    "For a developer: afterclick snippet STREAM --type html > for-developer.html",
    "The stream's own address is in it: whoever knows it can write.",
  ],
  async run(typed, { api, terminal }) {
    const { id } = await findStream(api, typed.args[0]!);
    const wanted = search({ type: typed.text("type"), body: typed.oneOf("body", ["form", "json"]) });
    const { text } = await api.ask<{ text: string }>(
      { path: `${path`/v1/streams/${id}/snippet`}${wanted}` },
      { text: "string" },
    );
    await terminal.out(text);
  },
};

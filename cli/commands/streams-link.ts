import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

interface DeveloperLink {
  path: string;
  until: number;
  url?: string;
}

export const streamsLink: Command = {
  name: "streams link",
  summary: "make a link for a developer without an account: how to send, and what arrived, for 7 days",
  args: [streamArgument],
  options: {
    withdraw: { says: "make none; withdraw all links of the stream instead" },
    json: { says: "print the answer as JSON" },
  },
  notes: [
    "The page shows the address, which is the key to write: hand the link on as you would a password.",
    "In the cloud nobody opens a page without an account: afterclick snippet STREAM --type html > for-developer.html",
  ],
  async run(typed, { api, terminal }) {
    const { id } = await findStream(api, typed.args[0]!);
    const links = path`/v1/streams/${id}/developer-links`;
    if (typed.flag("withdraw")) {
      const answer = await api.ask<{ withdrawn: boolean }>({ method: "DELETE", path: links }, {});
      const said = answer.withdrawn
        ? "All links of the stream are withdrawn."
        : "No link of the stream was open.";
      await terminal.out(typed.flag("json") ? `${json(answer, 2)}\n` : `${said}\n`);
      return;
    }
    const link = await api.ask<DeveloperLink>(
      { method: "POST", path: links },
      { path: "string", until: "number" },
    );
    if (typed.flag("json")) {
      await terminal.out(`${json(link, 2)}\n`);
      return;
    }
    terminal.say(`It opens until ${utcText(link.until)}; afterclick streams link --withdraw ends it before:`);
    await terminal.out(`${visible(link.url ?? link.path)}\n`);
    if (link.url === undefined)
      terminal.say(
        "It stands below the address of the panel, which is open to this machine alone. With PANEL_URL set it opens elsewhere; " +
          "until then send the file: afterclick snippet STREAM --type html > for-developer.html",
      );
  },
};

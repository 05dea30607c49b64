import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { json } from "../terminal/visible.ts";

export const alertsTest: Command = {
  name: "alerts test",
  summary: "send a test message on each way on which alerts go",
  args: [],
  options: { json: { says: "print the result as JSON" } },
  notes: ["docs/health.md says how alerts are set up. Leaves with 1 where a way has not taken the message."],
  async run(typed, { api, terminal }) {
    const { channels } = await api.ask<{ channels: { channel: string; failure?: string }[] }>(
      { method: "POST", path: "/v1/alerts/test" },
      { channels: "array" },
    );
    const isFailed = channels.some(({ failure }) => failure !== undefined);
    if (typed.flag("json")) await terminal.out(`${json(channels, 2)}\n`);
    else if (channels.length === 0) terminal.say("No way for alerts is set up: docs/health.md says how.");
    else {
      const rows = channels.map(({ channel, failure }) => [channel, failure ?? "taken"]);
      const lines = tableLines([{ name: "way" }, { name: "test message" }], rows, terminal.width);
      await terminal.out(`${lines.join("\n")}\n`);
    }
    return isFailed ? 1 : 0;
  },
};

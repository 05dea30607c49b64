import { path } from "../api/api.ts";
import type { Command } from "../command.ts";
import { visible } from "../terminal/visible.ts";

export const tokensRemove: Command = {
  name: "tokens remove",
  summary: "end a token at once",
  args: [{ name: "ID", says: "of the token, as tokens list shows it" }],
  options: {},
  async run(typed, { api, terminal }) {
    const { id } = await api.ask<{ id: string }>(
      { method: "DELETE", path: path`/v1/tokens/${typed.args[0]!}` },
      { id: "string" },
    );
    await terminal.out(`${visible(`Token ${id} is over.`)}\n`);
  },
};

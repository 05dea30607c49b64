import type { Command } from "../command.ts";
import { json } from "../terminal/visible.ts";

export const openapi: Command = {
  name: "openapi",
  summary: "print the OpenAPI document of the admin API",
  args: [],
  options: {},
  async run(_typed, { api, terminal }) {
    const document = await api.ask<{ openapi: string }>({ path: "/openapi.json" }, { openapi: "string" });
    await terminal.out(`${json(document, 2)}\n`);
  },
};

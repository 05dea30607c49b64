import type { ShownHealth } from "../../functions/health/shown.ts";
import { lengthText } from "../../functions/health/sentence.ts";
import { path } from "../api/api.ts";
import type { StreamView } from "../api/views.ts";
import type { Command } from "../command.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { factLines, tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

export const streamsHealth: Command = {
  name: "streams health",
  summary: "tell whether hits come as usual: of one stream, or of all, those that need somebody first",
  args: [{ ...streamArgument, optional: true }],
  options: { json: { says: "print it as JSON" } },
  notes: [
    "failing, silent, low and high need somebody. docs/health.md says when a stream is which, and how that is set.",
  ],
  async run(typed, { api, terminal }) {
    const [named] = typed.args;
    if (named === undefined) {
      const { streams, warnings = [] } = await api.ask<{ streams: StreamView[]; warnings?: string[] }>(
        { path: "/v1/streams?activity=true" },
        { streams: "array" },
      );
      if (typed.flag("json")) {
        const told = streams.map(({ id, name, health }) => ({ id, name, ...health }));
        return terminal.out(`${json(told, 2)}\n`);
      }
      for (const warning of warnings) terminal.say(visible(warning));
      if (streams.length === 0) {
        terminal.say("There is no stream yet. afterclick streams add registers one.");
        return;
      }
      const rows = streams
        .toSorted((one, other) => rank(one) - rank(other))
        .map(({ id, name, table, health }) => [
          name || table || id,
          health?.badge ?? "",
          health?.sentence ?? "",
        ]);
      const columns = [{ name: "stream" }, { name: "health" }, { name: "why" }];
      return terminal.out(`${tableLines(columns, rows, terminal.width).join("\n")}\n`);
    }
    const { id } = await findStream(api, named);
    const found = await api.ask<OneHealth>(
      { path: path`/v1/streams/${id}/health` },
      { badge: "string", sentence: "string" },
    );
    if (typed.flag("json")) return terminal.out(`${json(found, 2)}\n`);
    await terminal.out(`${factLines(factsOf(found)).join("\n")}\n`);
  },
};

type OneHealth = ShownHealth & { readonly id: string; readonly name?: string; readonly at: number };

const order = ["failing", "silent", "low", "high", "new", "healthy", "paused", "closed"];

function rank({ health }: StreamView): number {
  return health === undefined ? order.length : order.indexOf(health.badge);
}

function factsOf({
  id,
  name,
  at,
  badge,
  sentence,
  last_hit_at,
  silent_after_ms,
}: OneHealth): [string, unknown][] {
  return [
    ["stream", name ?? id],
    ["health", badge],
    ["why", sentence],
    ["last hit", last_hit_at === undefined ? "none" : utcText(last_hit_at)],
    ["silent after", silent_after_ms === undefined ? "not known yet" : lengthText(silent_after_ms)],
    ["as of", utcText(at)],
  ];
}

import type { Command } from "../command.ts";
import { exitCodes, wrongUsage, type ExitCode } from "../failure.ts";
import { shown } from "../typed.ts";
import { hitArgument, hitIdOf, letterLines, lookUp, rowLines, searchedLine } from "../nouns/hits.ts";
import { findStream } from "../nouns/streams.ts";
import type { HitView } from "../api/views.ts";
import { json, visible } from "../terminal/visible.ts";

export const hit: Command = {
  name: "hit",
  summary: "tell where one hit is: waiting, in the table, a dead letter, or not found",
  args: [hitArgument],
  options: {
    stream: {
      value: "STREAM",
      says: "id, name or table of the stream it was sent to: searches that table alone, which costs less",
    },
    since: {
      value: "DATE",
      says: "search rows from this day on, YYYY-MM-DD; left out: 7 days in the cloud, else all",
    },
    json: { says: "print the answer as JSON" },
  },
  notes: ["Leaves with 4 when the hit was not found; what was searched is said."],
  async run(typed, { api, terminal }) {
    const since = typed.text("since");
    if (since !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(since) || Number.isNaN(Date.parse(since)))) {
      throw wrongUsage(`--since is ${shown(since)}; allowed is a day as YYYY-MM-DD.`);
    }
    const hitId = hitIdOf(typed.args[0]!);
    const stream = typed.text("stream");
    const stream_id = stream === undefined ? undefined : (await findStream(api, stream)).id;
    const view = await lookUp(api, hitId, { since, stream_id });
    if (typed.flag("json")) await terminal.out(`${json(view, 2)}\n`);
    else {
      await terminal.out(`${sentences(view, terminal.width).join("\n")}\n`);
      terminal.say(searchedLine(view.searched, view, Date.now()));
    }
    return exitOf(view);
  },
};

function exitOf({ state }: HitView): ExitCode {
  return state === "not_found" ? exitCodes.notFound : exitCodes.done;
}

function sentences(view: HitView, width: number | undefined): string[] {
  const id = view.hit_id;
  switch (view.state) {
    case "in_table": {
      const tables = [...new Set(view.rows.map(({ table }) => table))].join(", ");
      const repeats =
        view.rows.length > 1 ? ` (${view.rows.length} times; the view ending in _unique shows it once)` : "";
      return [visible(`${id} is in the table ${tables}${repeats}:`), ...rowLines(view, width)];
    }
    case "waiting":
      return [
        visible(`${id} waits in the queue; it becomes a row by itself.`),
        ...(view.dead_letter === undefined
          ? []
          : ["It was a dead letter before:", ...letterLines(view.dead_letter, width)]),
      ];
    case "dead_letter":
      return [
        visible(`${id} is a dead letter:`),
        ...(view.dead_letter === undefined ? [] : letterLines(view.dead_letter, width)),
        visible(`Once it is fixed: afterclick dead-letters replay ${id}`),
      ];
    default:
      return [visible(`${id} was not found.`)];
  }
}

import type { LetterView } from "../api/views.ts";
import { search } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitCodes, wrongUsage } from "../failure.ts";
import { findStream } from "../nouns/streams.ts";
import { counted } from "../../functions/counted.ts";
import type { FoundHit } from "../../functions/hits/search.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";
import { shown } from "../typed.ts";

interface FoundView {
  readonly hits: readonly FoundHit[];
  readonly more?: true;
  readonly dead_letters: readonly LetterView[];
  readonly searched: {
    readonly since: string;
    readonly tables: readonly string[];
    readonly dead_letters: number;
    readonly dead_letters_left_out?: true;
    readonly skipped?: readonly { readonly table: string; readonly why: string }[];
  };
}

export const find: Command = {
  name: "find",
  summary: "find hits by a text in them: an order number, the name that the sender gave a delivery",
  args: [{ name: "TEXT", says: "3 to 200 characters, with capital and small letters as they were sent" }],
  options: {
    stream: {
      value: "STREAM",
      says: "id, name or table of the stream it was sent to: searches that table alone, which costs less",
    },
    since: { value: "DATE", says: "search from this day on, YYYY-MM-DD; left out: 7 days, at most 92" },
    json: { says: "print the answer as JSON" },
  },
  notes: [
    "In the cloud it reads the payloads of these days, within the bounds that queries have.",
    "Leaves with 4 when nothing was found; what was searched is said. afterclick hit HIT_ID tells more of one.",
  ],
  async run(typed, { api, terminal }) {
    const since = typed.text("since");
    if (since !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(since) || Number.isNaN(Date.parse(since))))
      throw wrongUsage(`--since is ${shown(since)}; allowed is a day as YYYY-MM-DD.`);
    const stream = typed.text("stream");
    const stream_id = stream === undefined ? undefined : (await findStream(api, stream)).id;
    const query = search({ text: typed.args[0]!, since, stream_id });
    const view = await api.ask<FoundView>(
      { path: `/v1/hits${query}`, deadlineMs: 120_000 },
      { hits: "array", dead_letters: "array", searched: "object" },
    );
    const isFound = view.hits.length > 0 || view.dead_letters.length > 0;
    if (typed.flag("json")) await terminal.out(`${json(view, 2)}\n`);
    else {
      if (isFound) await terminal.out(`${foundLines(view, terminal.width).join("\n")}\n`);
      else await terminal.out("Nothing was found.\n");
      terminal.say(searchedLine(view));
    }
    return isFound ? exitCodes.done : exitCodes.notFound;
  },
};

function foundLines({ hits, dead_letters }: FoundView, width: number | undefined): string[] {
  return tableLines(
    [{ name: "hit_id", whole: true }, { name: "received" }, { name: "where" }, { name: "" }],
    [
      ...hits.map(({ hit_id, received_at, table, is_delivery, is_test }) => [
        hit_id,
        utcText(received_at),
        table,
        [...(is_delivery === true ? ["delivery"] : []), ...(is_test === true ? ["test"] : [])].join(" "),
      ]),
      ...dead_letters.map(({ hit_id, received_at, reason, state }) => [
        hit_id,
        utcText(received_at),
        "dead letters",
        `${reason}, ${state}`,
      ]),
    ],
    width,
  );
}

function searchedLine({ more, searched }: FoundView): string {
  const { since, tables, dead_letters, dead_letters_left_out, skipped = [] } = searched;
  const letters = `${counted(dead_letters, "dead letter")}${dead_letters_left_out === true ? ", the newest" : ""}`;
  const not = skipped.map(({ table, why }) => ` Not searched: ${table} (${why})`).join("");
  return visible(
    `${more === true ? "There are more. " : ""}Searched: ${counted(tables.length, "table")} and ${letters} since ${since}. ` +
      `Not searched: hits that wait in the queue, and refused requests, of which nothing is stored.${not}`,
  );
}

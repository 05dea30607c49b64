import { ago } from "../../functions/ago.ts";
import type { Look } from "../../functions/streams/looks/look.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { sayTroubles, stateOf } from "../nouns/streams.ts";
import type { StreamView } from "../api/views.ts";
import { json, visible } from "../terminal/visible.ts";
import { hitsText } from "./activity.ts";

export const streamsList: Command = {
  name: "streams list",
  summary: "list the streams, with what is wrong with them",
  args: [],
  notes: [
    "last hits is what streams show found when it looked last, and how long ago; the list reads no table.",
  ],
  options: {
    removed: { says: "list removed streams too" },
    json: { says: "print them as JSON" },
  },
  async run(typed, { api, terminal }) {
    const path = typed.flag("removed")
      ? "/v1/streams?activity=true&removed=true"
      : "/v1/streams?activity=true";
    const { streams, warnings = [] } = await api.ask<{ streams: StreamView[]; warnings?: string[] }>(
      { path },
      { streams: "array" },
    );
    if (typed.flag("json")) {
      await terminal.out(`${json(streams, 2)}\n`);
      return;
    }
    if (streams.length === 0) {
      terminal.say("There is no stream yet. afterclick streams add registers one.");
      return;
    }
    // Where that can be told.
    const isJudged = streams.some(({ health }) => health !== undefined);
    // Where somebody has looked at the hits of one.
    const isLooked = streams.some(({ hits }) => hits !== undefined);
    const lines = tableLines(
      [
        { name: "id", whole: true },
        { name: "name" },
        { name: "table" },
        { name: "offset" },
        { name: "state" },
        { name: "last hit" },
        { name: "today" },
        ...(isJudged ? [{ name: "health" }] : []),
        ...(isLooked ? [{ name: "last hits" }] : []),
      ],
      streams.map((stream) => [
        stream.id,
        stream.name ?? "",
        stream.table ?? "",
        stream.offset ?? "",
        stateOf(stream),
        ...arrivedCells(stream),
        ...(isJudged ? [stream.health?.badge ?? ""] : []),
        ...(isLooked ? [stream.hits === undefined ? "" : foundBefore(stream.hits)] : []),
      ]),
      terminal.width,
    );
    await terminal.out(`${lines.join("\n")}\n`);
    for (const warning of warnings) terminal.say(visible(warning));
    for (const stream of streams) sayTroubles(stream, terminal, streams);
  },
};

/** In one cell: how many hits, in how many records the key and the time were found, and
 *  how long ago that was. */
function foundBefore({ at, hits, records, with_key, with_time }: Look): string {
  const of = (what: string, count: number | undefined) =>
    count === undefined ? [] : [`${what} ${count}/${records}`];
  return [`${hits}`, ...of("key", with_key), ...of("time", with_time), ago(Date.now() - at)].join(", ");
}

/** Nothing where the server cannot tell. */
function arrivedCells({ activity }: StreamView): [lastHit: string, today: string] {
  if (activity === undefined) return ["", ""];
  const { last_hit_at: last, today } = activity;
  return [last === undefined ? "none in 14 days" : ago(Date.now() - last), hitsText(today)];
}

import type { Checked } from "../../functions/activity/check.ts";
import { counted } from "../../functions/counted.ts";
import type { Day } from "../../functions/activity/read.ts";
import type { Api } from "../api/api.ts";
import type { ActivityView } from "../api/views.ts";
import type { Command } from "../command.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { factLines, tableLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { ageText, utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";

export const activity: Command = {
  name: "activity",
  summary:
    "tell whether a stream's data arrives: its last hit, today, 14 days, what was refused and what waits",
  args: [streamArgument],
  options: { json: { says: "print it as JSON" } },
  notes: [
    "Hits are counted as they come, which is about right. Days that are over are counted in the table, once, and exact then.",
  ],
  async run(typed, { api, terminal }) {
    const { id } = await findStream(api, typed.args[0]!);
    const path = `/v1/activity?stream_id=${encodeURIComponent(id)}`;
    const look = () => api.ask<Looked>({ path }, { at: "number", streams: "array" });
    let { at, streams } = await look();
    if (streams[0].days.slice(0, -1).some(({ checked }) => !checked)) {
      await check(api, id, terminal);
      ({ at, streams } = await look());
    }
    const [found] = streams;
    if (typed.flag("json")) {
      await terminal.out(`${json({ at, ...found }, 2)}\n`);
      return;
    }
    const columns = ["date", "hits", "tests", "refused", "dead letters", "checked"].map((name) => ({ name }));
    const lines = [
      ...factLines(factsOf(found, at)),
      "",
      ...tableLines(columns, found.days.map(dayCells), terminal.width),
    ];
    await terminal.out(`${lines.join("\n")}\n`);
  },
};

interface Looked {
  readonly at: number;
  readonly streams: readonly [ActivityView];
}

/** Has the days counted that are over; says where that cannot be. */
async function check(api: Api, stream_id: string, terminal: Terminal): Promise<void> {
  const { skipped } = await api.ask<Checked>(
    { method: "POST", path: "/v1/activity/check", body: { stream_id } },
    { days: "number", skipped: "array" },
  );
  for (const { table, why } of skipped) terminal.say(visible(`${table} could not be counted: ${why}`));
}

function factsOf(found: ActivityView, at: number): [string, unknown][] {
  const { last_hit_at: last, today, week_ago: before } = found;
  const reasons = Object.entries(today.refused_reasons).map(([reason, count]) => `${reason} ${count}`);
  return [
    ["stream", found.name ?? found.id],
    ["as of", utcText(at)],
    [
      "last hit",
      last === undefined ? "none in 14 days" : `${utcText(last)}, ${ageText(at - last)} before that`,
    ],
    ["today", `${hitsText(today)} (${today.date}); a week ago about ${before.hits} by this time`],
    ["refused today", reasons.length === 0 ? "0" : reasons.join(", ")],
    ["dead letters", `${found.dead_letters_waiting} waiting`],
  ];
}

/** Of a day that is counted as it comes. */
export function hitsText({ hits = 0, tests = 0, checked }: Day): string {
  const about = checked || hits === 0 ? "" : "about ";
  return `${about}${hits}${tests === 0 ? "" : ` and ${counted(tests, "test")}`}`;
}

function dayCells({ date, hits, tests, refused, dead_letters, checked, difference = 0 }: Day): unknown[] {
  if (hits === undefined) return [date, "", "", "", "", "not counted"];
  const more =
    difference === 0
      ? "yes"
      : `yes: ${counted(Math.abs(difference), "row")} ${difference > 0 ? "more" : "fewer"} than were counted`;
  return [date, hits, tests, refused, dead_letters, checked ? more : "about"];
}

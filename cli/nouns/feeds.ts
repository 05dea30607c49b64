import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { feedDaysMax } from "../../functions/feeds/registered/fields.ts";
import type { Fetch } from "../../functions/feeds/fetches/state.ts";
import type { FeedView } from "../../functions/feeds/view.ts";
import { why } from "../api/api.ts";
import type { Option, Settings } from "../command.ts";
import { failed } from "../failure.ts";
import { factLines, tableLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { utcText } from "../terminal/times.ts";
import { shown, type Typed } from "../typed.ts";

/** What the commands around JSON feeds share. */

export const feedArgument = { name: "FEED", says: "the name of the feed, as feeds list shows it" };
export const feedShape = { name: "string", fetches: "array", problems: "array" } as const;

export const feedOptions: Record<string, Option> = {
  zone: { value: "ZONE", says: "where today is, such as Europe/Kyiv" },
  days: { value: "N", says: `so many days that are over are fetched again each day, 1 to ${feedDaysMax}` },
  user: { value: "NAME", says: "who signs in at the server, by HTTP's Basic scheme" },
  "password-file": { value: "FILE", says: "a file whose first line is the user's password" },
  key: { value: "FIELD", says: "the field that names a record: makes the view TABLE_current" },
  updated: { value: "FIELD", says: "the field that orders the versions of a record" },
};

/** What was typed of them. @throws wrong usage; a failure where the file cannot be read */
export async function typedFeed(typed: Typed, settings: Settings): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  for (const option of ["zone", "user", "key", "updated"]) {
    const value = typed.text(option);
    if (value !== undefined) given[option] = value;
  }
  if (typed.text("days") !== undefined)
    given["days"] = typed.whole("days", { min: 1, max: feedDaysMax, usual: 3 });
  const file = typed.text("password-file");
  if (file !== undefined) given["password"] = await passwordIn(file, settings);
  return given;
}

async function passwordIn(file: string, { workingDir }: Settings): Promise<string> {
  try {
    const [first = ""] = (await readFile(resolve(workingDir, file), "utf8")).split(/\r?\n/);
    return first;
  } catch (error) {
    throw failed(`The file ${shown(file)} cannot be read: ${why(error)}.`);
  }
}

export async function showFeed(feed: FeedView, terminal: Terminal): Promise<void> {
  const { url, table, zone, partitioned, days, user, key, updated, problems, waiting, asked } = feed;
  const facts: [string, unknown][] = [
    ["name", feed.name],
    ...problems.map((problem): [string, unknown] => ["problem", problem]),
    ...Object.entries({ url, table, zone, user, key, updated }).filter(([, value]) => value !== undefined),
    ...(partitioned === undefined
      ? []
      : [
          ["fetches", partitioned ? `each day, and the last ${days} again` : "the whole, once a day"] as [
            string,
            unknown,
          ],
        ]),
    ...(asked.length === 0 ? [] : [["fetched next", asked.join(", ")] as [string, unknown]]),
    ...(waiting.length === 0 ? [] : [["waits for you", waiting.join(", ")] as [string, unknown]]),
    ...(feed.next_at === undefined ? [] : [["tried again", utcText(feed.next_at)] as [string, unknown]]),
  ];
  await terminal.out(`${factLines(facts, terminal.width).join("\n")}\n`);
  if (feed.columns !== undefined && feed.columns.length > 0) {
    const rows = feed.columns.map(({ column, type, field }) => [column, type, field === column ? "" : field]);
    const titles = [{ name: "column", whole: true }, { name: "type" }, { name: "field" }];
    await terminal.out(`\n${tableLines(titles, rows, terminal.width).join("\n")}\n`);
  }
  if (feed.fetches.length > 0)
    await terminal.out(`\n${fetchLines(feed.fetches, terminal.width).join("\n")}\n`);
  if (waiting.length > 0)
    terminal.say(
      `What came has fewer than half of the records. If that is right: afterclick feeds take ${feed.name}`,
    );
}

function fetchLines(fetches: readonly Fetch[], width: number | undefined): string[] {
  const titles = [
    { name: "fetched", whole: true },
    { name: "day" },
    { name: "state" },
    { name: "rows" },
    { name: "why" },
  ];
  const rows = fetches.map((fetch) => [
    utcText(fetch.at),
    fetch.day ?? "",
    fetch.state,
    fetch.rows ?? "",
    fetchSays(fetch),
  ]);
  return tableLines(titles, rows, width);
}

/** Why it left the table as it was, or what is to be looked at. */
export function fetchSays({ code, reason, format, mixed = [], mixed_count, hint }: Fetch): string {
  return [
    ...(code === undefined ? [] : [`${code}: ${reason ?? ""}`]),
    ...(format === "array" ? ["one array, not a record a line"] : []),
    ...(format === "pseudo_array" ? ["commas between the records"] : []),
    ...mixed.map(({ field, types }) => `${field} is ${types.join(" and ")}, so STRING`),
    ...(mixed_count === undefined ? [] : [`${mixed_count} fields of several types in all`]),
    ...(hint === undefined ? [] : [hint]),
  ].join("; ");
}

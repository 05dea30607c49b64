import { setTimeout } from "node:timers/promises";
import type { FeedView } from "../../functions/feeds/view.ts";
import { path } from "../api/api.ts";
import type { Command, Tools } from "../command.ts";
import { exitCodes, wrongUsage } from "../failure.ts";
import { feedArgument, feedOptions, feedShape, fetchSays, showFeed, typedFeed } from "../nouns/feeds.ts";
import { confirm, mustBeAskable } from "../terminal/confirm.ts";
import { tableLines } from "../terminal/layout.ts";
import { utcText } from "../terminal/times.ts";
import { json, visible } from "../terminal/visible.ts";
import { shown } from "../typed.ts";

/** JSON feeds: one thing in a few steps. */

const asJson = { json: { says: "print it as JSON" } };

export const feedsAdd: Command = {
  name: "feeds add",
  summary: "add a JSON feed: a URL that is fetched each day into a table of its own",
  args: [
    { name: "NAME", says: "1 to 40 small letters, digits and hyphens" },
    { name: "ADDRESS", says: "where the feed is, such as https://example.com/feed.ndjson" },
    { name: "TABLE", says: "table, dataset.table or project.dataset.table; the feed makes it" },
  ],
  options: {
    ...feedOptions,
    partitioned: { says: "ask for each day by itself, with ?date=YYYYMMDD, into one table of days" },
    ...asJson,
  },
  notes: [
    "--zone is required: it says which day is today. docs/feeds.md explains the rest.",
    "",
    "Example: afterclick feeds add orders https://example.com/feed.ndjson orders --zone Europe/Kyiv --partitioned",
  ],
  async run(typed, { api, settings, terminal }) {
    const [name, address, table] = typed.args;
    const given = await typedFeed(typed, settings);
    if (given["zone"] === undefined) throw wrongUsage("feeds add needs --zone ZONE, such as Europe/Kyiv.");
    const body = {
      name,
      url: address,
      table,
      ...given,
      ...(typed.flag("partitioned") && { partitioned: true }),
    };
    const feed = await api.ask<FeedView>({ method: "POST", path: "/v1/feeds", body }, feedShape);
    if (typed.flag("json")) await terminal.out(`${json(feed, 2)}\n`);
    else await showFeed(feed, terminal);
  },
};

export const feedsList: Command = {
  name: "feeds list",
  summary: "list the JSON feeds, and what became of the last fetch of each",
  args: [],
  options: asJson,
  async run(typed, { api, terminal }) {
    const { feeds } = await api.ask<{ feeds: FeedView[] }>({ path: "/v1/feeds" }, { feeds: "array" });
    if (typed.flag("json")) return terminal.out(`${json(feeds, 2)}\n`);
    if (feeds.length === 0) {
      terminal.say("There is no feed yet. afterclick feeds add makes one.");
      return;
    }
    const titles = ["table", "last fetch", "state", "rows", "why"].map((title) => ({ name: title }));
    const rows = feeds.map(({ name, table, problems, fetches: [last] }) => [
      name,
      table ?? "",
      last === undefined ? "never" : utcText(last.at),
      problems.length > 0 ? "invalid" : (last?.state ?? ""),
      last?.rows ?? "",
      problems.length > 0 ? problems.join("; ") : last === undefined ? "" : fetchSays(last),
    ]);
    const lines = tableLines([{ name: "name", whole: true }, ...titles], rows, terminal.width);
    await terminal.out(`${lines.join("\n")}\n`);
  },
};

export const feedsShow: Command = {
  name: "feeds show",
  summary: "show one JSON feed: what is set, its columns, and what became of its fetches",
  args: [feedArgument],
  options: asJson,
  async run(typed, { api, terminal }) {
    const feed = await api.ask<FeedView>({ path: path`/v1/feeds/${typed.args[0]!}` }, feedShape);
    if (typed.flag("json")) await terminal.out(`${json(feed, 2)}\n`);
    else await showFeed(feed, terminal);
  },
};

const clearable = ["user", "key", "updated"];

export const feedsUpdate: Command = {
  name: "feeds update",
  summary: "change what is set on a JSON feed, for the next fetch",
  args: [feedArgument],
  options: {
    ...feedOptions,
    address: { value: "URL", says: "where the feed is" },
    table: { value: "TABLE", says: "another table, which is made; the one before stays as it is" },
    clear: {
      value: "OPTION",
      says: `take one of ${clearable.join(", ")} away; may be repeated`,
      repeated: true,
    },
    ...asJson,
  },
  async run(typed, { api, settings, terminal }) {
    const body = await typedFeed(typed, settings);
    if (typed.text("address") !== undefined) body["url"] = typed.text("address");
    if (typed.text("table") !== undefined) body["table"] = typed.text("table");
    for (const option of typed.texts("clear")) {
      if (!clearable.includes(option))
        throw wrongUsage(`--clear is ${shown(option)}; allowed are ${clearable.join(", ")}.`);
      if (body[option] !== undefined)
        throw wrongUsage(`--${option} and --clear ${option} contradict each other; give one.`);
      body[option] = null;
    }
    if (Object.keys(body).length === 0)
      throw wrongUsage("feeds update needs something to change; feeds update --help lists what.");
    const feed = await api.ask<FeedView>(
      { method: "PATCH", path: path`/v1/feeds/${typed.args[0]!}`, body },
      feedShape,
    );
    if (typed.flag("json")) await terminal.out(`${json(feed, 2)}\n`);
    else await showFeed(feed, terminal);
  },
};

export const feedsFetch: Command = {
  name: "feeds fetch",
  summary: "fetch a JSON feed now, and say what became of it",
  args: [feedArgument],
  options: { day: { value: "DATE", says: "of a feed with days: this one, YYYY-MM-DD" }, ...asJson },
  run: async (typed, tools) => {
    const day = typed.day("day");
    return fetched(typed.args[0]!, typed.flag("json"), tools, {
      path: path`/v1/feeds/${typed.args[0]!}/fetch`,
      body: day === undefined ? {} : { day },
    });
  },
};

export const feedsTake: Command = {
  name: "feeds take",
  summary: "have the answer of a JSON feed taken although it has fewer than half of the records",
  args: [feedArgument],
  options: asJson,
  notes: ["It is fetched again; one that shrank further by more than half asks again."],
  run: async (typed, tools) =>
    fetched(typed.args[0]!, typed.flag("json"), tools, { path: path`/v1/feeds/${typed.args[0]!}/take` }),
};

export const feedsRemove: Command = {
  name: "feeds remove",
  summary: "end a JSON feed; its table stays",
  args: [feedArgument],
  options: { yes: { says: "do not ask" } },
  async run(typed, { api, terminal }) {
    const [name] = typed.args as [string];
    if (!typed.flag("yes")) {
      mustBeAskable("feeds remove", terminal);
      await confirm(`End the feed ${shown(name)}?`, "feeds remove", terminal);
    }
    await api.ask<{ name: string }>({ method: "DELETE", path: path`/v1/feeds/${name}` }, { name: "string" });
    await terminal.out(`${visible(`${name} is fetched no more. Its table stays.`)}\n`);
  },
};

/** Asks, and waits until nothing of what was asked is left. */
async function fetched(
  name: string,
  isJson: boolean,
  { api, terminal, waits, stopped }: Tools,
  asks: { path: string; body?: object },
) {
  let feed = await api.ask<FeedView>({ method: "POST", ...asks }, feedShape);
  const wanted = feed.asked;
  for (let look = 0; wanted.some((part) => feed.asked.includes(part)); look += 1) {
    const pause = waits.pollMs[Math.min(look, waits.pollMs.length - 1)];
    await setTimeout(pause, undefined, { signal: stopped });
    feed = await api.ask<FeedView>({ path: path`/v1/feeds/${name}` }, feedShape);
  }
  if (isJson) await terminal.out(`${json(feed, 2)}\n`);
  else await showFeed(feed, terminal);
  const done = wanted.map((part) => feed.fetches.find(({ day = "all" }) => day === part));
  return done.every((fetch) => fetch?.state === "taken") ? exitCodes.done : exitCodes.failed;
}

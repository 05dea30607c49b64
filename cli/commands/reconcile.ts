import { counted } from "../../functions/counted.ts";
import type { Reconciled } from "../../functions/streams/reconcile/reconcile.ts";
import { path, type Api } from "../api/api.ts";
import type { Command } from "../command.ts";
import { exitCodes, failed, wrongUsage } from "../failure.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { tableLines } from "../terminal/layout.ts";
import { json, visible } from "../terminal/visible.ts";
import { shown } from "../typed.ts";

export const reconcile: Command = {
  name: "reconcile",
  summary: "say which records of a feed or a table never came by webhook, or came in another state",
  args: [streamArgument],
  options: {
    feed: { value: "NAME", says: "the feed that holds all records: its table, its key, its updated" },
    with: { value: "TABLE", says: "a table that holds all records, in the place of a feed" },
    key: { value: "COLUMN", says: "of the table: what the stream's key names; the feed's where left out" },
    updated: { value: "COLUMN", says: "of the table: of which time a state is; the feed's where left out" },
    compare: {
      value: "PAIR",
      says: "COLUMN=PATH: what has to be the same in the payload; may be repeated",
      repeated: true,
    },
    limit: { value: "N", says: "how many records to list, 1 to 10000; 100 where left out" },
    sql: { says: "print the SQL alone; it runs on both grounds as it stands" },
    json: { says: "print it as JSON" },
  },
  notes: [
    "missing: never came. older: the stream's state is older than the table's. differs: of the same time, and other.",
    "What the stream knows of a later time is no fault. Leaves with 1 where a record is missing, older or differs.",
    "",
    "Example: afterclick reconcile Orders --with crm.all_orders --key id --updated changed --compare status=order.status",
  ],
  async run(typed, { api, terminal }) {
    const name = typed.text("feed");
    if ((name === undefined) === (typed.text("with") === undefined))
      throw wrongUsage("reconcile needs --feed NAME or --with TABLE, one of them: what holds all records.");
    const feed = name === undefined ? {} : await feedOf(name, api);
    const table = typed.text("with") ?? feed.table;
    const key = typed.text("key") ?? feed.key;
    const updated = typed.text("updated") ?? feed.updated;
    if (table === undefined) throw failed("The feed has no table yet; fetch it first.");
    if (key === undefined) throw wrongUsage("reconcile needs --key COLUMN: what the stream's key names.");
    const limit = typed.whole("limit", { min: 1, max: 10_000, usual: 100 });
    const compare = Object.fromEntries(typed.texts("compare").map(pairOf));
    const { id } = await findStream(api, typed.args[0]!);
    const body = { table, key, ...(updated !== undefined && { updated }), compare, limit };
    const found = await api.ask<Reconciled>(
      { method: "POST", path: path`/v1/streams/${id}/reconcile`, body, deadlineMs: 700_000 },
      { records: "number", missing: "number", rows: "array", sql: "string" },
    );
    const { records, missing, older, differs, ahead, rows } = found;
    if (typed.flag("sql")) await terminal.out(`${found.sql}\n`);
    else if (typed.flag("json")) await terminal.out(`${json(found, 2)}\n`);
    else {
      const columns = ["record", "what", "since", "the stream's state is of"].map((each) => ({ name: each }));
      const cells = rows.map((row) => [row.key, row.kind, row.since, row.came_at]);
      if (rows.length > 0) await terminal.out(`${tableLines(columns, cells, terminal.width).join("\n")}\n\n`);
      await terminal.out(
        visible(
          `${missing} of ${counted(records, "record")} never came by webhook; of ${older} the stream has an older state, ` +
            `of ${differs} another one, of ${ahead} a later one.`,
        ) + "\n",
      );
    }
    return missing + older + differs > 0 ? exitCodes.failed : exitCodes.done;
  },
};

interface Feed {
  readonly table?: string;
  readonly key?: string;
  readonly updated?: string;
  readonly columns?: readonly { readonly field: string; readonly column: string }[];
}

/** With the columns that its fields have become. */
async function feedOf(name: string, api: Api): Promise<Feed> {
  const feed = await api.ask<Feed>({ path: path`/v1/feeds/${name}` }, {});
  const columnOf = (field: string | undefined) =>
    feed.columns?.find((each) => each.field === field)?.column ?? field;
  const [key, updated] = [columnOf(feed.key), columnOf(feed.updated)];
  return {
    ...(feed.table !== undefined && { table: feed.table }),
    ...(key !== undefined && { key }),
    ...(updated !== undefined && { updated }),
  };
}

function pairOf(text: string): [string, string] {
  const [, column, place] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (column === undefined || place === undefined)
    throw wrongUsage(`--compare is ${shown(text)}; allowed is COLUMN=PATH such as status=order.status.`);
  return [column, place];
}

import { counted } from "../../functions/counted.ts";
import { wrongUsage } from "../failure.ts";
import { path, search } from "../api/api.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../terminal/layout.ts";
import { asObjects } from "../terminal/objects.ts";
import { visible } from "../terminal/visible.ts";

/** The four that are the product's promise. */
const promised = ["hit_id", "payload", "received_at", "date"];

const wholeNames = new Set(["hit_id", "received_at", "date"]);
/** A narrower screen shows the stored number alone. */
const receivedWidthMin = 120;

export const rows: Command = {
  name: "rows",
  summary: "print the newest rows of a table: hit_id, payload, received_at, date",
  args: [
    {
      name: "TABLE",
      says: "table or view, e.g. example.orders or example.orders_unique",
    },
  ],
  options: {
    all: { says: "print all columns" },
    limit: { value: "N", says: "how many, 1 to 1000; 20 where left out" },
    since: { value: "DAY", says: "no rows of earlier days, e.g. 2026-11-01: they are not read" },
    until: { value: "DAY", says: "no rows of later days" },
    json: { says: "print whole rows as JSON, nothing cut" },
    raw: { says: "with --json: fields and other JSON as the text that is stored" },
  },
  notes: [
    "Newest first. received_at is Unix time in milliseconds, as stored; received says the same in ISO 8601. On a screen",
    "long cells are cut (…), and received is left out where it is narrow; into a pipe nothing is cut. NULL is an empty cell",
    "of the table. Characters that act on a terminal are shown as escapes; --json holds every value exactly.",
    "",
    "Example: afterclick rows example.orders",
  ],
  async run(typed, { api, terminal }) {
    const limit = typed.whole("limit", { min: 1, max: 1000, usual: 20 });
    const table = typed.args[0]!;
    const [since, until] = [typed.day("since"), typed.day("until")];
    const isJson = typed.flag("json");
    if (typed.flag("raw") && !isJson) throw wrongUsage("--raw goes with --json; give both.");
    const answer = await api.ask<{
      columns: (string | { name: string })[];
      types?: string[];
      rows: unknown[][];
      truncated?: boolean;
    }>(
      {
        path:
          path`/v1/tables/${table}/rows` + search({ limit: String(limit), order: "newest", since, until }),
        deadlineMs: 60_000,
      },
      { columns: "array", rows: "array" },
    );
    const names = answer.columns.map((column) => (typeof column === "string" ? column : column.name));
    const { types = [] } = answer;
    await terminal.out(
      isJson
        ? asObjects({ names, types, raw: typed.flag("raw") }, answer.rows)
        : asTable(names, answer.rows, typed.flag("all"), terminal.width),
    );
    if (answer.truncated === true)
      terminal.say(
        `Only the newest ${counted(answer.rows.length, "row is", "rows are")} shown: --limit ${limit} is too large for one answer. ` +
          "afterclick export writes them all to a file.",
      );
    else if (answer.rows.length === 0 && !isJson)
      terminal.say(
        `${visible(table)} has no row${since === undefined && until === undefined ? " yet" : " of these days"}.`,
      );
    if (terminal.width === undefined && !isJson)
      terminal.say("This is a table for people, nothing cut; --json is for programs.");
  },
};

function asTable(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  all: boolean,
  width: number | undefined,
): string {
  const wanted = all || !promised.every((name) => names.includes(name)) ? names : promised;
  const received = width === undefined || width >= receivedWidthMin;
  const columns = wanted.flatMap((name) => {
    const place = names.indexOf(name);
    const column = { name, whole: wholeNames.has(name), cell: (row: readonly unknown[]) => row[place] };
    if (name !== "received_at" || !received || names.includes("received")) return [column];
    const inWords = (row: readonly unknown[]) => instant(row[place]);
    return [column, { name: "received", whole: true, cell: inWords }];
  });
  const lines = tableLines(
    columns,
    rows.map((row) => columns.map(({ cell }) => cell(row))),
    width,
  );
  return `${lines.join("\n")}\n`;
}

function instant(value: unknown): unknown {
  return typeof value === "number" && Math.abs(value) < 8.64e15 ? new Date(value).toISOString() : null;
}

import { path, search } from "../api.ts";
import type { Command } from "../command.ts";
import { tableLines } from "../layout.ts";
import { asObjects } from "../objects.ts";
import { visible } from "../visible.ts";

/** The four that are the product's promise. */
const promised = ["hit_id", "payload", "received_at", "date"];

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
    json: { says: "print whole rows as JSON, nothing cut" },
  },
  notes: [
    "Newest first. received_at is Unix time in milliseconds, as stored. On a screen long cells are cut (…); NULL is an",
    "empty cell of the table. Characters that act on a terminal are shown as escapes; --json holds every value exactly.",
    "",
    "Example: afterclick rows example.orders",
  ],
  async run(given, { api, terminal }) {
    const limit = given.whole("limit", { min: 1, max: 1000, usual: 20 });
    const table = given.args[0]!;
    const answer = await api.ask<{
      columns: (string | { name: string })[];
      rows: unknown[][];
      truncated?: boolean;
    }>(
      {
        path: path`/v1/tables/${table}/rows` + search({ limit: String(limit), order: "newest" }),
        deadlineMs: 60_000,
      },
      { columns: "array", rows: "array" },
    );
    const names = answer.columns.map((column) => (typeof column === "string" ? column : column.name));
    const isJson = given.flag("json");
    await terminal.out(
      isJson ? asObjects(names, answer.rows) : asTable(names, answer.rows, given.flag("all"), terminal.width),
    );
    if (answer.truncated === true)
      terminal.say(
        `Only the newest ${answer.rows.length} rows are shown: --limit ${limit} of them are too large for one answer. ` +
          "afterclick export writes them all to a file.",
      );
    else if (answer.rows.length === 0 && !isJson) terminal.say(`${visible(table)} has no row yet.`);
  },
};

function asTable(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  all: boolean,
  width: number | undefined,
): string {
  const wanted = all || !promised.every((name) => names.includes(name)) ? names : promised;
  const places = wanted.map((name) => names.indexOf(name));
  const lines = tableLines(
    wanted.map((name) => ({
      name,
      whole: name === "hit_id" || name === "received_at" || name === "date",
    })),
    rows.map((row) => places.map((place) => row[place])),
    width,
  );
  return `${lines.join("\n")}\n`;
}

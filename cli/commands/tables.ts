import type { ListedTable, Listing } from "../../functions/streams/tables/listing.ts";
import type { Command } from "../command.ts";
import { failed } from "../failure.ts";
import { shown } from "../typed.ts";
import { factLines, tableLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { json, visible } from "../terminal/visible.ts";

export const tables: Command = {
  name: "tables",
  summary: "list the tables and views, what they are for, and their columns",
  args: [{ name: "TABLE", says: "this one alone, its columns a line each", optional: true }],
  options: { json: { says: "print them as JSON" } },
  notes: [
    "Types are those of BigQuery, whatever the ground. rows TABLE prints the newest rows, query runs a SELECT.",
    "",
    "Example: afterclick tables example.orders_current",
  ],
  async run(typed, { api, terminal }) {
    const listing = await api.ask<Listing>(
      { path: "/v1/tables", deadlineMs: 60_000 },
      { tables: "array", skipped: "array" },
    );
    const [name] = typed.args;
    const meant = name === undefined ? listing.tables : [find(listing.tables, name)];
    if (typed.flag("json")) await terminal.out(`${json(meant, 2)}\n`);
    else if (name !== undefined) await terminal.out(whole(meant[0]!, terminal.width));
    else await list(meant, terminal);
    if (name === undefined)
      for (const { table, why } of listing.skipped)
        terminal.say(visible(`${table} could not be looked at: ${why}`));
  },
};

/** A bare name is enough where one table has it. */
function find(tables: readonly ListedTable[], typed: string): ListedTable {
  const [found, other] = tables.filter(({ name }) => name === typed || name.endsWith(`.${typed}`));
  if (found === undefined)
    throw failed(`There is no table ${shown(typed)}. afterclick tables lists all of them.`);
  if (other !== undefined && found.name !== typed)
    throw failed(`${found.name} and ${other.name} are both meant by ${shown(typed)}; name one whole.`);
  return found;
}

async function list(tables: readonly ListedTable[], terminal: Terminal): Promise<void> {
  const blocks = tables.map(({ name, kind, what, streams, columns }) => [
    visible(name),
    `  ${kind === "missing" ? "not there yet: its first hit makes it" : what}`,
    ...(streams.length > 0 ? [`  streams  ${visible(streams.join(", "))}`] : []),
    ...(columns.length > 0 ? [`  columns  ${visible(columns.map((column) => column.name).join(", "))}`] : []),
  ]);
  await terminal.out(`${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`);
  if (tables.length === 0) terminal.say("There is no table yet: a stream's first hit makes it.");
}

function whole({ name, kind, what, streams, columns }: ListedTable, width: number | undefined): string {
  const facts: [string, unknown][] = [
    ["name", name],
    ["kind", kind === "missing" ? "not there yet: its first hit makes it" : kind],
    ["what", what],
    ["streams", streams.join(", ")],
  ];
  const lines = columns.map(({ name, type, description = "" }) => [name, type, description]);
  const shape = [{ name: "column", whole: true }, { name: "type", whole: true }, { name: "meaning" }];
  return [
    ...factLines(facts.filter(([, value]) => value !== "")),
    ...(columns.length > 0 ? ["", ...tableLines(shape, lines, width)] : []),
    "",
  ].join("\n");
}

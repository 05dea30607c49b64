import { path } from "../api/api.ts";
import type { Command, Tools } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import { tableLines } from "../terminal/layout.ts";
import { json, visible } from "../terminal/visible.ts";
import { shown } from "../typed.ts";

interface ShapeView {
  readonly name: string;
  readonly about: string;
  readonly cells: readonly { name: string; says: string; required: boolean; usual?: string }[];
  readonly one_of?: readonly string[];
}

export const shapes: Command = {
  name: "shapes",
  summary: "print the SQL that gives a stream's records in the shape that a consumer takes",
  args: [
    { ...streamArgument, optional: true },
    { name: "SHAPE", says: "its name; left out, all shapes and their cells are listed", optional: true },
  ],
  options: {
    cell: {
      value: "CELL",
      says: "where a cell is: NAME=PATH into the payload, or NAME==TEXT; may be repeated",
      repeated: true,
    },
    json: { says: "print it as JSON" },
  },
  notes: [
    "The text runs on both grounds as it stands: in BigQuery, and by afterclick query and afterclick export.",
    "docs/shapes.md explains the shapes.",
    "",
    "Example: afterclick shapes Orders meta --cell event_name==Purchase --cell value=total --cell email=buyer.email",
  ],
  async run(typed, tools) {
    const [stream, shape] = typed.args;
    if (stream === undefined || shape === undefined) return list(tools, typed.flag("json"));
    const { id } = await findStream(tools.api, stream);
    const cells = Object.fromEntries(typed.texts("cell").map(cellOf));
    const written = await tools.api.ask<{ sql: string }>(
      { method: "POST", path: path`/v1/streams/${id}/shapes/${shape}`, body: { cells } },
      { sql: "string" },
    );
    await tools.terminal.out(typed.flag("json") ? `${json(written, 2)}\n` : `${written.sql}\n`);
  },
};

function cellOf(text: string): [string, string] {
  const [, name, cell] = /^([a-z_]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || cell === undefined)
    throw wrongUsage(
      `--cell is ${shown(text)}; allowed is NAME=PATH such as value=order.total, or NAME==TEXT such as event_name==Lead.`,
    );
  return [name, cell];
}

async function list({ api, terminal }: Tools, asJson: boolean): Promise<void> {
  const found = await api.ask<{ shapes: ShapeView[] }>({ path: "/v1/shapes" }, { shapes: "array" });
  if (asJson) return terminal.out(`${json(found, 2)}\n`);
  for (const { name, about, cells, one_of } of found.shapes) {
    const lines = tableLines(
      [{ name: "cell" }, { name: "what it is" }, { name: "needed" }, { name: "where left out" }],
      cells.map((cell) => [cell.name, cell.says, cell.required ? "yes" : "", cell.usual ?? ""]),
      terminal.width,
    );
    const one = one_of === undefined ? [] : [`One of these has to be there: ${one_of.join(", ")}`];
    await terminal.out(`${[`${name}: ${about}`, ...one].map(visible).join("\n")}\n${lines.join("\n")}\n\n`);
  }
}

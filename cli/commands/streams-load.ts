import { path } from "../api/api.ts";
import { exitCodes, isFailure, wrongUsage } from "../failure.ts";
import type { Command, Settings, Tools } from "../command.ts";
import { readJsonFile } from "../json-file.ts";
import { tableLines } from "../terminal/layout.ts";
import { isUuidTyped } from "../nouns/streams.ts";
import type { StreamView } from "../api/views.ts";
import { visible } from "../terminal/visible.ts";

type Document = Readonly<Record<string, unknown>>;

export const streamsLoad: Command = {
  name: "streams load",
  summary: "register the streams of a move, at the addresses they had",
  args: [{ name: "FILE", says: "streams.json of the folder that afterclick move wrote" }],
  options: {},
  notes: [
    "A stream that is there already, or was, stays as it is. One that was closed is closed here too, so that its address",
    "goes on answering 410. Run it again after fixing what failed.",
    "",
    "Example: afterclick streams load moved/streams.json --url https://afterclick-admin-….run.app",
  ],
  async run(typed, tools) {
    const documents = await readDocuments(typed.args[0]!, tools.settings);
    const { streams } = await tools.api.ask<{ streams: StreamView[] }>(
      { path: "/v1/streams?removed=true" },
      { streams: "array" },
    );
    const there = new Set(streams.map(({ id }) => id));
    const lines: string[][] = [];
    let failures = 0;
    // Closed ones first: until it is closed, one could want other views of a table
    // than those that write there.
    const isOpen = ([, { state }]: [string, Document]) => (state === "closed" ? 0 : 1);
    for (const [id, document] of documents.toSorted((a, b) => isOpen(a) - isOpen(b))) {
      const outcome = there.has(id) ? "is there already" : await load(id, document, tools);
      if (outcome.startsWith("failed")) failures += 1;
      lines.push([id, text(document["name"]), text(document["table"]), outcome]);
    }
    const columns = [
      { name: "id", whole: true },
      { name: "name" },
      { name: "table" },
      { name: "outcome", whole: true },
    ];
    await tools.terminal.out(`${tableLines(columns, lines, tools.terminal.width).join("\n")}\n`);
    return failures === 0 ? exitCodes.done : exitCodes.failed;
  },
};

const text = (value: unknown) => (typeof value === "string" ? value : "");

async function readDocuments(file: string, settings: Settings): Promise<[string, Document][]> {
  const found = await readJsonFile(file, settings);
  const entries = Object.entries(Object(found) as Record<string, unknown>);
  const isDocument = (value: unknown): value is Document =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const documents = entries.filter((entry): entry is [string, Document] => isDocument(entry[1]));
  if (Array.isArray(found) || documents.length !== entries.length || documents.length === 0)
    throw wrongUsage(
      visible(`${file} holds no streams by their ids; name the streams.json that afterclick move wrote.`),
    );
  return documents;
}

/** @returns what has become of it, in words */
async function load(id: string, { state, ...fields }: Document, { api }: Tools): Promise<string> {
  if (!isUuidTyped(id)) return "failed: its id is no UUID, so it has no address; streams add registers it";
  try {
    const body = { ...fields, id, ...(state === "paused" && { state }) };
    await api.ask<StreamView>({ method: "POST", path: "/v1/streams", body }, { id: "string" });
    if (state !== "closed") return "added";
    await api.ask<StreamView>({ method: "DELETE", path: path`/v1/streams/${id}` }, { id: "string" });
    return "added, closed";
  } catch (error) {
    if (!isFailure(error) || error.exitCode === exitCodes.unreachable) throw error;
    return `failed: ${error.message}`;
  }
}

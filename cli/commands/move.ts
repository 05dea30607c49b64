import { counted } from "../../functions/counted.ts";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { exampleStreamId } from "../../functions/streams/example.ts";
import { streamFields, type StreamField } from "../../functions/streams/fields.ts";
import type { ListedTable, Listing } from "../../functions/streams/tables/listing.ts";
import { why } from "../api/api.ts";
import type { Command, Tools } from "../command.ts";
import { download } from "../api/download.ts";
import { failed } from "../failure.ts";
import { tableLines } from "../terminal/layout.ts";
import { loadScript, type MovedTable, movedSql, schemaFiles } from "../load-script.ts";
import type { StreamView } from "../api/views.ts";
import { visible } from "../terminal/visible.ts";

/** Of texts and bytes, before Parquet makes them small: a file of so much is written well within the time and
 *  the memory that one export has. */
const fileBytesMax = 256 * 1024 * 1024;
const queryDeadlineSeconds = 300;

export const move: Command = {
  name: "move",
  summary: "write all streams and rows into a folder, for Google Cloud",
  args: [{ name: "DIR", says: "an empty or new folder on this machine" }],
  options: {},
  notes: [
    "The folder gets streams.json (the streams with their addresses: keep it secret), the rows of each table as Parquet,",
    "and load.sh, which loads them into BigQuery with bq. Nothing is changed here; hits that arrive meanwhile, and those",
    "that wait as dead letters, are not in it. docs/embedded.md has the order of the steps.",
    "",
    "Example: afterclick move /backups/moved",
  ],
  async run(typed, tools) {
    const { api, terminal, settings } = tools;
    const { streams } = await api.ask<{ streams: StreamView[] }>(
      { path: "/v1/streams?removed=true" },
      { streams: "array" },
    );
    const { tables, skipped } = await api.ask<Listing>(
      { path: "/v1/tables", deadlineMs: 60_000 },
      { tables: "array", skipped: "array" },
    );
    if (skipped[0] !== undefined)
      throw failed(
        visible(`${skipped[0].table} could not be looked at, and nothing was written: ${skipped[0].why}`),
      );
    const folder = resolve(settings.workingDir, typed.args[0]!);
    await makeFolder(folder);
    const own = streams.filter(({ id }) => id !== exampleStreamId);
    const example = streams.find(({ id }) => id === exampleStreamId);
    const moved: (MovedTable & { hits: number })[] = [];
    for (const table of tables.filter((each) => isMoved(each, example)))
      moved.push(await moveTable(table, folder, tools));
    const written = moved.filter(({ files }) => files.length > 0);
    const { table, staged } = schemaFiles();
    await write(folder, "table.json", table);
    await write(folder, "staged.json", staged);
    await write(folder, "streams.json", `${JSON.stringify(documentsOf(own), null, 2)}\n`);
    await write(folder, "load.sh", loadScript(written));
    const lines = written.map(({ name, files, hits }) => [name, hits, files.length]);
    const columns = [{ name: "table", whole: true }, { name: "rows" }, { name: "files" }];
    await terminal.out(`${tableLines(columns, lines, terminal.width).join("\n")}\n`);
    if (example !== undefined)
      terminal.say("The example stream and its table are left out: everybody knows its address.");
    await sayWhatWaits(tools);
    const what = `${counted(own.length, "stream")} and ${counted(written.length, "table")} ${own.length + written.length === 1 ? "is" : "are"}`;
    terminal.say(
      visible(
        `${what} in ${folder}. Next: afterclick streams load ${join(folder, "streams.json")} --url CLOUD, ` +
          `then sh ${join(folder, "load.sh")} PROJECT`,
      ),
    );
  },
};

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    throw failed(visible(`${folder} cannot be used: ${why(error)}.`), error);
  }
  throw failed(visible(`${folder} is not empty; name a new or an empty folder.`));
}

async function write(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, text, { flag: "wx", mode: 0o600 }).catch((error: unknown) => {
    throw failed(visible(`${file} cannot be written: ${why(error)}.`), error);
  });
}

/** The example's table holds what was tried, unless another stream writes there too. */
function isMoved({ kind, columns, streams, name }: ListedTable, example: StreamView | undefined): boolean {
  const promised = ["hit_id", "payload", "received_at", "date"];
  const isRows =
    kind === "table" && promised.every((wanted) => columns.some((column) => column.name === wanted));
  return isRows && !(example?.table === name && streams.length === 1);
}

/** The fields that Terraform's `streams` takes too: by address, as it wants them. A removed one is closed. */
function documentsOf(streams: readonly StreamView[]): Record<string, Record<string, unknown>> {
  const kept = Object.entries<StreamField>(streamFields).flatMap(([name, field]) =>
    field.inTerraform ? [name] : [],
  );
  return Object.fromEntries(
    streams.map((stream) => [
      stream.id,
      Object.fromEntries(
        kept.flatMap((name) =>
          stream[name] === undefined || stream[name] === null ? [] : [[name, stream[name]]],
        ),
      ),
    ]),
  );
}

interface Day {
  readonly date: string;
  readonly hits: number;
  readonly bytes: number;
}

async function moveTable(
  table: ListedTable,
  folder: string,
  tools: Tools,
): Promise<MovedTable & { hits: number }> {
  const has = new Set(table.columns.map(({ name }) => name));
  const from = quoted(table.name);
  const bytes = has.has("payload_bytes") ? " + COALESCE(octet_length(payload_bytes), 0)" : "";
  const sql = `SELECT CAST(date AS VARCHAR), COUNT(*), CAST(SUM(2 * strlen(payload)${bytes}) AS BIGINT) FROM ${from} GROUP BY date ORDER BY date`;
  const { rows } = await tools.api.ask<{ rows: [string, number, number | string][] }>(
    {
      method: "POST",
      path: "/v1/query",
      body: { sql, rows_max: 100_000, deadline_seconds: queryDeadlineSeconds },
      deadlineMs: (queryDeadlineSeconds + 30) * 1_000,
    },
    { rows: "array" },
  );
  const spans = spansOf(
    rows.map(([date, hits, size]) => ({ date, hits: Number(hits), bytes: Number(size) })),
  );
  const files: string[] = [];
  for (const [index, { from: first }] of spans.entries()) {
    const file = `${table.name.replaceAll(":", "_")}.${first}.parquet`;
    // The last one takes what has arrived meanwhile too.
    const next = spans[index + 1];
    const where = `date >= DATE '${first}'${next === undefined ? "" : ` AND date < DATE '${next.from}'`}`;
    await download({ sql: movedSql(from, has, where), format: "parquet" }, join(folder, file), tools);
    files.push(file);
  }
  return { name: table.name, files, hits: spans.reduce((sum, { hits }) => sum + hits, 0) };
}

/** Days in a row that go into one file together. */
export function spansOf(
  days: readonly Day[],
  bytesMax = fileBytesMax,
): { from: string; hits: number; bytes: number }[] {
  const spans: { from: string; hits: number; bytes: number }[] = [];
  for (const { date, hits, bytes } of days) {
    const last = spans.at(-1);
    if (last === undefined || last.bytes + bytes > bytesMax) spans.push({ from: date, hits, bytes });
    else spans[spans.length - 1] = { from: last.from, hits: last.hits + hits, bytes: last.bytes + bytes };
  }
  return spans;
}

/** A dataset with a project before it is one schema there. */
function quoted(name: string): string {
  const at = name.lastIndexOf(".");
  return `"${name.slice(0, at)}"."${name.slice(at + 1)}"`;
}

async function sayWhatWaits({ api, terminal }: Tools): Promise<void> {
  const { queue, dead_letters: letters } = await api.ask<{
    queue: { waiting?: number };
    dead_letters: { waiting?: number };
  }>({ path: "/v1/status" }, { queue: "object", dead_letters: "object" });
  if ((queue.waiting ?? 0) > 0)
    terminal.say(
      `${counted(queue.waiting ?? 0, "hit still waits to become a row and is", "hits still wait to become rows and are")} not in it. When afterclick status shows none, move once more.`,
    );
  if ((letters.waiting ?? 0) > 0)
    terminal.say(
      `${counted(letters.waiting ?? 0, "dead letter is", "dead letters are")} not in it, and the cloud will know nothing of what waits so. afterclick dead-letters list says why they wait; ` +
        "mend that and run afterclick dead-letters replay --all, or give them up with afterclick dead-letters discard --all --note WHY. Then move once more.",
    );
}

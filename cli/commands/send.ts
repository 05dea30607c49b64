import { basename, resolve } from "node:path";
import { createHash } from "node:crypto";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { counted } from "../../functions/counted.ts";
import { bodyBytesMax } from "../../functions/collect/collect.ts";
import { FileFault } from "../../functions/import/faults.ts";
import { encodings } from "../../functions/import/settings.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { isValuePath, parsePath, type Path } from "../../functions/streams/records/path.ts";
import { valueAt } from "../../functions/streams/records/value.ts";
import { why } from "../api/api.ts";
import type { StreamView } from "../api/views.ts";
import type { Command, Tools } from "../command.ts";
import { exitCodes, failed, failure, isFailure, wrongUsage } from "../failure.ts";
import { findStream } from "../nouns/streams.ts";
import { sendAll, type Counts } from "../sending/outbox.ts";
import { openPost } from "../sending/post.ts";
import { openProgress, type Progress, type Refused } from "../sending/progress.ts";
import { formats, openRecords, type FileRecord, type Records } from "../sending/records.ts";
import { factLines } from "../terminal/layout.ts";
import { json, visible } from "../terminal/visible.ts";
import { shown, type Typed } from "../typed.ts";

const refusedShown = 20;
const deadlineMs = 30_000;

export const send: Command = {
  name: "send",
  summary: "send each record of a file as one hit of a stream; run again, it goes on",
  args: [{ name: "FILE", says: "CSV with a header, NDJSON or a JSON array; as it is, or in gzip or zip" }],
  options: {
    stream: { value: "STREAM", says: "id, name or table of the stream" },
    key: {
      value: "PATH",
      says: "what names a record, may be repeated; the stream's own key where left out",
      repeated: true,
    },
    format: { value: "FORMAT", says: `${formats.join(", ")}; by the first character where left out` },
    delimiter: { value: "CHARACTER", says: "between the cells of CSV; by the header where left out" },
    encoding: { value: "NAME", says: `of a text that is no UTF-8: ${encodings.join(", ")}` },
    header: {
      value: "HEADER",
      says: '"Name: value", sent with each request; may be repeated',
      repeated: true,
    },
    window: { value: "N", says: "requests at once, 1 to 256; 32 where left out" },
    "refused-max": {
      value: "N",
      says: "stop once so many records are refused, 1 to 100000; 1000 where left out",
    },
    progress: { value: "FILE", says: "where to keep how far it is; beside FILE where left out" },
    again: { says: "from the first record on, whatever was sent before" },
    json: { says: "print the report as JSON" },
  },
  notes: [
    "A record is one hit whose delivery is named by its key, or by its number where it has none: the same record",
    "again is the same hit. How far it is stands in FILE.REF.sent, so that nothing is sent twice after a Ctrl-C or a",
    "kill, but for the requests that were on their way; the _unique view shows those once.",
    "Leaves with 1 where records are refused; each is told with its line.",
    "",
    "Example: afterclick send orders.csv --stream Orders",
  ],
  async run(typed, tools) {
    const asked = typedOf(typed);
    const stream = await findStream(tools.api, asked.stream);
    const paths = keyOf(stream, typed.texts("key"));
    const path = resolve(tools.settings.workingDir, asked.file);
    const records = await openRecords(path, asked.reading).catch((error: unknown) => {
      throw unreadable(asked.file, error);
    });
    const progressFile = resolve(
      tools.settings.workingDir,
      typed.text("progress") ?? `${path}.${streamRef(stream.id)}.sent`,
    );
    const what = { sha256: records.sha256, format: records.format, name: namedBy(paths) };
    const progress = await openProgress(progressFile, what, typed.flag("again"));
    const counts: Counts = {
      records: progress.done,
      sent: 0,
      refused: progress.refused.length,
      repeats: 0,
      retries: 0,
    };
    const refused = [...progress.refused];
    const began = performance.now();
    if (progress.isFinished)
      tools.terminal.say("The file was sent as a whole before; nothing is sent. --again sends it once more.");
    else {
      if (progress.done > 0) tools.terminal.say(`Going on behind record ${progress.done}.`);
      await sendRecords(records, { stream, paths, progress, counts, refused, asked }, tools);
    }
    const facts = report(asked.file, {
      counts,
      progress,
      records,
      seconds: (performance.now() - began) / 1000,
    });
    if (typed.flag("json")) {
      await tools.terminal.out(`${json({ ...Object.fromEntries(facts), refused_records: refused }, 2)}\n`);
    } else {
      await tools.terminal.out(
        `${factLines(facts.map(([name, value]) => [name.replaceAll("_", " "), value])).join("\n")}\n`,
      );
    }
    return counts.refused > 0 ? exitCodes.failed : exitCodes.done;
  },
};

interface Asked {
  readonly file: string;
  readonly stream: string;
  readonly reading: Parameters<typeof openRecords>[1];
  readonly headers: Readonly<Record<string, string>>;
  readonly window: number;
  readonly refusedMax: number;
}

/** @throws wrong usage */
function typedOf(typed: Typed): Asked {
  const stream = typed.text("stream");
  if (stream === undefined)
    throw wrongUsage("send needs --stream STREAM: the stream that the records are hits of.");
  const delimiter = typed.text("delimiter");
  if (delimiter !== undefined && !/^[^\s\w"]$|^\t$/u.test(delimiter))
    throw wrongUsage(`--delimiter is ${shown(delimiter)}; allowed is one character such as ; or a tab.`);
  return {
    file: typed.args[0]!,
    stream,
    reading: {
      format: typed.oneOf("format", formats),
      encoding: typed.oneOf("encoding", encodings),
      delimiter,
      bytesMax: bodyBytesMax,
    },
    headers: Object.fromEntries(typed.texts("header").map(headerOf)),
    window: typed.whole("window", { min: 1, max: 256, usual: 32 }),
    refusedMax: typed.whole("refused-max", { min: 1, max: 100_000, usual: 1000 }),
  };
}

function headerOf(text: string): [string, string] {
  const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    // It may be a password: it is not said again.
    throw wrongUsage('--header is no header; allowed is "Name: value", on one line.');
  }
  return [name, value];
}

/** The paths that name a record; none where only its place in the file does. */
function keyOf({ key, items }: StreamView, typed: readonly string[]): readonly Path[] {
  for (const text of typed) {
    if (!isValuePath(text) || parsePath(text)?.from !== "body")
      throw wrongUsage(`--key is ${shown(text)}; allowed is a path of the record such as order.id.`);
  }
  const own = items === undefined ? [key ?? []].flat() : [];
  const paths = (typed.length > 0 ? typed : own).map((text) => parsePath(text));
  return paths.every((path) => path?.from === "body") ? (paths as Path[]) : [];
}

const namedBy = (paths: readonly Path[]) =>
  paths.length === 0 ? "record" : JSON.stringify(paths.map(({ steps }) => steps));

/** The same for the same record, in whatever file it is; by its number in this file where it has no key: two
 *  equal ones may both be meant. */
function deliveryName(paths: readonly Path[], sha256: string, { number, fields }: FileRecord): string {
  const values = paths.map((path) => valueAt(path, { body: fields, headers: null }));
  if (values.every((value) => value === undefined || value === ""))
    return `record:${sha256.slice(0, 32)}:${number}`;
  const name = `key:${values.map((value) => encodeURIComponent((value ?? "").toWellFormed())).join("&")}`;
  return name.length <= 255 ? name : `key-sha256:${createHash("sha256").update(name).digest("hex")}`;
}

interface Run {
  readonly stream: StreamView;
  readonly paths: readonly Path[];
  readonly progress: Progress;
  readonly counts: Counts;
  readonly refused: Refused[];
  readonly asked: Asked;
}

async function sendRecords(records: Records, run: Run, { terminal, waits, stopped }: Tools): Promise<void> {
  const { stream, paths, progress, counts, refused, asked } = run;
  if (stream.endpoint === undefined)
    throw failed("This stream has no address; afterclick streams show tells why.");
  const method = (["POST", "PUT"] as const).find((each) => (stream.methods ?? ["POST"]).includes(each));
  if (method === undefined)
    throw failed(
      "This stream takes hits by GET alone. Let it take POST: afterclick streams update STREAM --methods GET,POST",
    );
  using post = openPost(new URL(stream.endpoint), {
    method,
    headers: asked.headers,
    connections: asked.window,
    deadlineMs,
    stopped,
  });
  let toldAt = performance.now();
  try {
    await sendAll(records.read(), counts, {
      name: (record) => deliveryName(paths, records.sha256, record),
      post,
      progress,
      window: asked.window,
      refusedMax: asked.refusedMax,
      pausesMs: waits.reconnectMs,
      stopped,
      refused(each) {
        refused.push(each);
        if (refused.length <= refusedShown) terminal.say(visible(`line ${each.line}: refused: ${each.says}`));
        if (refused.length === refusedShown)
          terminal.say("Further ones are counted, and are in the file of the progress.");
      },
      told() {
        if (performance.now() - toldAt < toldEachMs) return;
        toldAt = performance.now();
        terminal.say(
          `${counted(counts.records, "record is", "records are")} through, ${counts.refused} refused.`,
        );
      },
    });
    progress.add({ finished: true });
    await progress.flush();
  } catch (error) {
    const through = `${counted(counts.records, "record is", "records are")} through; the same command goes on behind them.`;
    if (stopped.aborted) terminal.say(`Stopped: ${through}`);
    else if (error instanceof FileFault) throw failed(visible(`${error.message} ${through}`), error);
    else if (isFailure(error)) throw failure(error.exitCode, `${error.message} ${through}`, error);
    throw error;
  }
}

const toldEachMs = 5000;

function report(
  file: string,
  {
    counts,
    progress,
    records,
    seconds,
  }: { counts: Counts; progress: Progress; records: Records; seconds: number },
): [string, unknown][] {
  const { sent } = counts;
  return [
    ["file", basename(file)],
    ["format", records.format],
    ["records", counts.records],
    ["sent", sent],
    ["sent_before", progress.done - progress.refused.length],
    ["refused", counts.refused],
    ["repeats", counts.repeats],
    ["retries", counts.retries],
    ["seconds", Math.round(seconds * 10) / 10],
    ["per_second", seconds > 0 ? Math.round(sent / seconds) : 0],
  ];
}

function unreadable(file: string, error: unknown): unknown {
  if (error instanceof FileFault) {
    const more = error.code === "encoding_unknown" ? " Here that is --encoding." : "";
    return failed(visible(`${file}: ${error.message}${more}`), error);
  }
  const { code } = error as { code?: unknown };
  if (typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return error;
  return failed(`FILE is ${shown(file)}: ${why(error)}. Name a file of CSV, NDJSON or a JSON array.`, error);
}

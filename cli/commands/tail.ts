import { counted } from "../../functions/counted.ts";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { path, search } from "../api/api.ts";
import type { Command, Tools } from "../command.ts";
import { exitCodes, isFailure } from "../failure.ts";
import { serverEvents } from "../api/events.ts";
import { cut } from "../terminal/layout.ts";
import { pause } from "../api/pause.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import type { StreamView, TailedHit } from "../api/views.ts";
import { json, visible } from "../terminal/visible.ts";

export const tail: Command = {
  name: "tail",
  summary: "follow the hits of a stream as they arrive",
  args: [streamArgument],
  options: {
    limit: { value: "N", says: "end after so many hits" },
    filter: { value: "TEXT", says: "only hits that hold a text, or field=value" },
    json: { says: "print one JSON document a line" },
  },
  notes: [
    "Shows the first bytes of each body; afterclick hit HIT_ID shows the row. Ctrl-C ends it.",
    "--filter looks at the whole of what was sent, of a body over 1 MiB at the first 1 MiB.",
    "A hit whose body is kept no longer is shown, and marked as not looked through.",
  ],
  async run(typed, tools) {
    const limit = typed.whole("limit", {
      min: 1,
      max: 1_000_000,
      usual: Number.POSITIVE_INFINITY,
    });
    const filter = typed.text("filter");
    const stream = await findStream(tools.api, typed.args[0]!);
    const print = (data: string, hit: TailedHit) => {
      const isUnsought = filter !== undefined && hit.holds === undefined;
      return tools.terminal.out(
        `${typed.flag("json") ? json(JSON.parse(data)) : hitLine(hit, { isUnsought, width: tools.terminal.width })}\n`,
      );
    };
    await follow({ stream, filter, limit }, print, tools);
  },
};

type Print = (data: string, hit: TailedHit) => Promise<void>;

/** Connects, and again whenever the connection ends, from the last hit on. The very first connection must
 *  succeed. */
async function follow(
  { stream, filter, limit }: { stream: StreamView; filter: string | undefined; limit: number },
  print: Print,
  tools: Tools,
): Promise<void> {
  const { terminal, stopped, waits } = tools;
  const place: Place = { lastEventId: undefined, left: limit, printed: new Set() };
  const viewer = randomUUID();
  let attempt = 0;
  let first = true;
  while (!stopped.aborted) {
    const response = await connect(
      { id: stream.id, viewer, filter, lastEventId: place.lastEventId },
      tools,
    ).catch((error: unknown) => {
      if (first || !isPassing(error)) throw error;
      return undefined;
    });
    if (response === undefined) {
      await pause(waits.reconnectMs, attempt++, stopped);
      continue;
    }
    terminal.say(
      first ? visible(`Following ${stream.name ?? stream.id}; Ctrl-C ends it.`) : "Connected again.",
    );
    first = false;
    attempt = 0;
    const end = await read(response, place, print, tools);
    if (place.left <= 0) return;
    if (stopped.aborted) break;
    terminal.say(`${end}; connecting again.`);
    await pause(waits.reconnectMs, attempt++, stopped);
  }
  stopped.throwIfAborted();
}

/** How far it is. */
interface Place {
  lastEventId: string | undefined;
  left: number;
  /** The newest that were printed. */
  readonly printed: Set<string>;
}

const printedMax = 500;

/** Prints until the connection ends. @returns why it did */
async function read(
  response: IncomingMessage,
  place: Place,
  print: Print,
  { terminal, waits: { silenceMsMax } }: Tools,
): Promise<string> {
  let silent = false;
  const watch = setTimeout(() => {
    silent = true;
    response.destroy();
  }, silenceMsMax);
  const events = serverEvents(response, () => watch.refresh());
  try {
    while (place.left > 0) {
      // Only what the network does is a reason to connect again: a failure to print is not.
      const next = await events.next().catch(() => undefined);
      if (next === undefined || next.done === true) break;
      const { event, data, lastEventId } = next.value;
      if (event === "hit") {
        const hit = JSON.parse(data) as TailedHit;
        const key = `${hit.hit_id} ${hit.received_at} ${hit.replay ?? 0}`;
        // What was on its way when a connection broke comes again.
        if (hit.holds !== false && !place.printed.has(key)) {
          await print(data, hit);
          place.left--;
          place.printed.add(key);
          if (place.printed.size > printedMax) place.printed.delete([...place.printed][0]!);
        }
      }
      if (event === "left_out") terminal.say(leftOutLine(data));
      if (lastEventId !== "") place.lastEventId = lastEventId;
    }
  } finally {
    clearTimeout(watch);
    response.destroy();
  }
  return silent ? `No sign of life for ${silenceMsMax / 1000} s` : "The connection ended";
}

function connect(
  {
    id,
    viewer,
    filter,
    lastEventId,
  }: { id: string; viewer: string; filter: string | undefined; lastEventId: string | undefined },
  { api, stopped }: Tools,
): Promise<IncomingMessage> {
  return api.open({
    path: path`/v1/streams/${id}/tail` + search({ viewer, filter }),
    accept: "text/event-stream",
    stopped,
    ...(lastEventId !== undefined && { lastEventId }),
  });
}

/** A server that restarts is waited for; one that says no is not. */
function isPassing(error: unknown): boolean {
  if (!isFailure(error)) return false;
  const status = "status" in error ? Number(error.status) : 0;
  return error.exitCode === exitCodes.unreachable || status >= 500;
}

/** Nothing is lost by it: the hits are stored. */
function leftOutLine(data: string): string {
  const { hits } = JSON.parse(data) as { hits?: number };
  return `${typeof hits === "number" ? counted(hits, "hit is", "hits are") : "Some hits are"} not shown here: more arrived than were kept. All are stored all the same.`;
}

function hitLine(
  hit: TailedHit,
  { isUnsought, width }: { isUnsought: boolean; width: number | undefined },
): string {
  const time = new Date(hit.received_at).toISOString().slice(11, 23);
  const marks = [
    hit.is_test === true ? "test" : "",
    hit.replay === undefined ? "" : `replay ${hit.replay}`,
    isUnsought ? "not looked through" : "",
  ];
  const parts = [
    time,
    hit.hit_id,
    `${hit.bytes} B`.padStart(7),
    ...marks.filter((mark) => mark !== "").map((mark) => `[${mark}]`),
    ...(hit.query === undefined || hit.query === null ? [] : [`?${hit.query}`]),
    hit.preview,
    // Last, since the line is cut where the terminal ends: --json has them whole.
    ...Object.entries(hit.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  const line = visible(parts.join("  "));
  return width === undefined ? line : cut(line, width);
}

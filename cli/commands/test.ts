import { validateHeaderValue } from "node:http";
import { exampleHit } from "../../functions/streams/example.ts";
import { problemOf, textOf, why } from "../api/api.ts";
import type { Command, Tools } from "../command.ts";
import { exitCodes, failed, failure, wrongUsage } from "../failure.ts";
import { shown, type Typed } from "../typed.ts";
import { letterLines, lookUp, rowLines } from "../nouns/hits.ts";
import { pause } from "../api/pause.ts";
import { send } from "../api/send.ts";
import { findStream, streamArgument } from "../nouns/streams.ts";
import type { HitView, StreamView } from "../api/views.ts";
import { visible } from "../terminal/visible.ts";

const answerBytesMax = 64 * 1024;

export const test: Command = {
  name: "test",
  summary: "send a marked test hit through the public address and wait for its row",
  args: [streamArgument],
  options: {
    body: {
      value: "TEXT",
      says: "the body; where left out orderId=TEST-…, or the stream's own key",
      mayBeEmpty: true,
    },
    "content-type": {
      value: "TYPE",
      says: "its Content-Type; found from the body where left out",
    },
    timeout: {
      value: "SECONDS",
      says: "wait so long for the row, 1 to 600; 60 where left out",
    },
  },
  notes: [
    "The hit carries the header Afterclick-Test: true; its row has is_test, and the views leave it out.",
    "Leaves with 4 when the row did not come in time.",
  ],
  async run(typed, tools) {
    const timeoutMs = typed.whole("timeout", { min: 1, max: 600, usual: 60 }) * 1000;
    const typedType = contentTypeOf(typed);
    const stream = await findStream(tools.api, typed.args[0]!);
    const own = typed.text("body");
    const { body, headers } = own === undefined ? sampleOf(stream) : { body: own, headers: {} };
    const type =
      typedType ?? (/^\s*[[{]/.test(body) ? "application/json" : "application/x-www-form-urlencoded");
    const started = performance.now();
    const step = (name: string, says: string) =>
      tools.terminal.out(
        visible(`${seconds(performance.now() - started)}  ${name.padEnd(14)} ${says}`) + "\n",
      );
    const telling = { ...tools, step };
    const hitId = await sendHit(stream, { body, type, headers }, telling);
    await waitForRow(hitId, stream, started + timeoutMs, telling);
  },
};

/** @throws wrong usage for what no header takes: the request would fail as if the network did */
function contentTypeOf(typed: Typed): string | undefined {
  const type = typed.text("content-type");
  try {
    if (type !== undefined) validateHeaderValue("content-type", type);
    return type;
  } catch {
    throw wrongUsage(
      `--content-type is ${shown(type!)}; allowed is what a header takes, on one line, e.g. application/json.`,
    );
  }
}

/** The tools, and a way to tell what was seen so far. */
type Telling = Tools & { step(name: string, says: string): Promise<void> };

interface Sent {
  readonly body: string;
  readonly type: string;
  /** Beside those of every test. */
  readonly headers: Readonly<Record<string, string>>;
}

/** @returns the hit's id */
async function sendHit(
  stream: StreamView,
  { body, type, headers }: Sent,
  { stopped, step }: Telling,
): Promise<string> {
  if (stream.endpoint === undefined)
    throw failed("This stream has no address; afterclick streams show tells why.");
  const methods = stream.methods ?? ["POST"];
  const method = (["POST", "PUT"] as const).find((each) => methods.includes(each)) ?? "GET";
  const url = new URL(stream.endpoint);
  if (method === "GET") url.search = body;
  const began = performance.now();
  const response = await send({
    url,
    method,
    headers: {
      ...headers,
      "afterclick-test": "true",
      "user-agent": "afterclick-cli",
      ...(method !== "GET" && { "content-type": type }),
    },
    ...(method !== "GET" && { body }),
    deadlineMs: 30_000,
    stopped,
  }).catch((error: unknown) => {
    if (stopped.aborted) throw error;
    throw failure(
      exitCodes.unreachable,
      `The public address ${visible(url.origin)} cannot be reached from here (${visible(why(error))}). ` +
        "COLLECT_URL of the server names it: correct it there, or try from where it can be reached.",
      error,
    );
  });
  const text = await textOf(response, answerBytesMax).catch(() => "");
  const status = response.statusCode!;
  await step(
    "sent",
    `HTTP ${status} in ${Math.round(performance.now() - began)} ms, ${method} to ${url.origin}`,
  );
  const problem = problemOf(text);
  if (problem !== undefined) throw failed(visible(`${problem.detail} (${problem.code})`));
  const hitId = response.headers["afterclick-hit-id"];
  // 204 where the stream's answer is none.
  if ((status !== 200 && status !== 204) || typeof hitId !== "string") {
    throw failed(
      `${visible(url.origin)} answers HTTP ${status} without a hit_id: that is not Afterclick. ` +
        "COLLECT_URL of the server names the public address; correct it there.",
    );
  }
  await step("acknowledged", `hit_id ${hitId}`);
  return hitId;
}

async function waitForRow(
  hitId: string,
  { id: stream_id }: StreamView,
  deadline: number,
  telling: Telling,
): Promise<void> {
  const { api, terminal, stopped, waits, step } = telling;
  // Each look costs: the stream's own table, and no day before the earliest that it is anywhere just now.
  const since = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  let left = false;
  for (let attempt = 0; ; attempt++) {
    const view = await lookUp(api, hitId, { since, stream_id });
    if (!left && (view.queue === "absent" || view.state === "in_table" || view.state === "dead_letter")) {
      left = true;
      await step("left the queue", "");
    }
    if (view.state === "in_table") {
      await step("row found", [...new Set(view.rows.map(({ table }) => table))].join(", "));
      await terminal.out(`${rowLines(view, terminal.width).join("\n")}\n`);
      return;
    }
    if (view.state === "dead_letter") throw await deadLetter(view, telling);
    if (performance.now() >= deadline) throw tooLate(view);
    // Never past the deadline: then it looks one last time.
    const ladder = waits.pollMs.map((ms) => Math.min(ms, Math.max(0, deadline - performance.now())));
    await pause(ladder, attempt, stopped);
  }
}

async function deadLetter(
  { dead_letter: letter, hit_id }: HitView,
  { terminal, step }: Telling,
): Promise<Error> {
  await step("dead letter", letter?.reason ?? "");
  if (letter !== undefined) await terminal.out(`${letterLines(letter, terminal.width).join("\n")}\n`);
  return failed(
    visible(`The test hit became a dead letter. Once it is fixed: afterclick dead-letters replay ${hit_id}`),
  );
}

function tooLate({ state, hit_id }: HitView): Error {
  const where =
    state === "waiting"
      ? "It waits in the queue still: the warehouse may be slow or away"
      : "It was not found yet";
  return failure(
    exitCodes.notFound,
    visible(
      `${where}. afterclick status shows what is wrong; afterclick hit ${hit_id} tells later where it is.`,
    ),
  );
}

/** A hit in which the stream's own key finds its name. */
function sampleOf({
  valid,
  methods = ["POST"],
  key,
  updated,
  items,
}: StreamView): Pick<Sent, "body" | "headers"> {
  const time = new Date().toISOString();
  const name = `TEST-${time.replace(/\D/g, "").slice(0, 14)}`;
  // Nobody knows what a key is that cannot be read.
  const stream =
    valid === false
      ? {}
      : {
          ...(key !== undefined && { key }),
          ...(updated !== undefined && { updated }),
          ...(items !== undefined && { items }),
        };
  const { text, query, headers } = exampleHit(stream, { name, time, fields: { status: "test" } });
  return { body: methods.some((method) => method !== "GET") ? text : query, headers };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}

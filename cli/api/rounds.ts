import type { Tools } from "../command.ts";
import { failed, failure, isFailure } from "../failure.ts";

/** Work on many things that the server does in several requests, since one has to end in time. */

/** Long enough for any request: the server ends each within minutes. */
const deadlineMs = 10 * 60_000;
/** 1,000 requests of 200 s are two days; past it the server is not what it says it is. */
const roundsMax = 1_000;

/** What an answer says beside what was done: whether there is more, and with what to ask for it. */
export interface Round {
  readonly more?: boolean;
  readonly until?: number;
}

/** Asks until there is no more, and tells how far it is. However it ends early, it says how many were done.
 *  @param work.field where an answer, and a problem as well, says how many were done
 *  @param work.of how many there are in all, in words
 *  @param work.sum so many were done, as the beginning of a sentence
 *  @param work.onAnswer takes what else an answer says
 *  @returns how many were done */
export async function inRounds(
  tools: Tools,
  work: {
    path: string;
    body: object;
    field: "replayed" | "discarded";
    of: string;
    sum: (count: number) => string;
    onAnswer?: (answer: Round) => void;
  },
): Promise<number> {
  const { body, field, sum } = work;
  const done = { count: 0 };
  try {
    await askAll(tools, work, done);
    return done.count;
  } catch (error) {
    if (tools.stopped.aborted) {
      tools.terminal.say(
        `Interrupted. ${early(sum, done.count, undefined)} The server may go on for some minutes with what it has begun.`,
      );
      throw error;
    }
    const last = doneBefore(error, field);
    // Refused before anything was done, or a single one: there is nothing to add.
    const isTold = (done.count === 0 && last === 0) || "hit_id" in body;
    if (!isFailure(error) || isTold) throw error;
    const sentence = `${error.message} ${early(sum, done.count, last)}`;
    throw failure(error.exitCode, sentence, error);
  }
}

async function askAll(
  { api, terminal, stopped }: Tools,
  { path, body, field, of, sum, onAnswer }: Parameters<typeof inRounds>[1],
  done: { count: number },
): Promise<void> {
  let until: number | undefined;
  for (let round = 0; round < roundsMax; round++) {
    const answer = await api.ask<Round & { replayed?: number; discarded?: number }>(
      {
        method: "POST",
        path,
        body: { ...body, ...(until !== undefined && { until }) },
        deadlineMs,
        stopped,
      },
      { [field]: "number" },
    );
    done.count += answer[field] ?? 0;
    onAnswer?.(answer);
    if (answer.more !== true) return;
    until = answer.until;
    terminal.say(`${sum(done.count)}, of ${of}; going on.`);
  }
  throw failed(`The server still says after ${roundsMax} requests that there is more.`);
}

/** @param last how many the request that failed had done; undefined where nobody says */
function early(sum: (count: number) => string, count: number, last: number | undefined): string {
  const again = "Run the same command again for the rest.";
  if (last !== undefined) return `Before that: ${sum(count + last)}. ${again}`;
  return count === 0
    ? `How many were done is not known. ${again}`
    : `Before that: ${sum(count)}, and perhaps more. ${again}`;
}

/** As a problem of the server says it; undefined where something else failed. */
function doneBefore(error: unknown, field: string): number | undefined {
  const { document } = error as { document?: Record<string, unknown> };
  if (document === undefined) return undefined;
  const said = document[field];
  return typeof said === "number" ? said : 0;
}

import { counted } from "../../functions/counted.ts";
import { reasons } from "../../functions/letters/letter.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { search, type Api } from "../api/api.ts";
import type { Tools } from "../command.ts";
import { wrongUsage } from "../failure.ts";
import type { Typed } from "../typed.ts";
import { hitIdOf } from "./hits.ts";
import { findStream } from "./streams.ts";
import type { LetterView, StreamView } from "../api/views.ts";

/** What the commands around dead letters share: which ones are meant, and how many. */

export const selectionOptions = {
  stream: { value: "STREAM", says: "those of one stream: id, reference, name or table" },
  reason: {
    value: "REASON",
    says: "those with one reason, as dead-letters list shows it",
  },
  since: { value: "DAY", says: "none of earlier days, e.g. 2026-11-14: the day that the hit has in a table" },
  until: { value: "DAY", says: "none of later days" },
} as const;

/** As the API takes it; all that wait where it is empty. */
export interface Selection {
  hit_id?: string;
  stream_id?: string;
  stream_ref?: string;
  reason?: string;
  since?: string;
  until?: string;
}

/** Exactly one hit, or those of a stream, a reason and some days, or all: never all by leaving something out.
 *  @throws wrong usage */
export async function selectionOf(verb: string, typed: Typed, { api }: Tools): Promise<Selection> {
  const [hitId] = typed.args;
  const stream = typed.text("stream");
  const reason = typed.oneOf("reason", reasons);
  const days = daysOf(typed);
  const isChosen = stream !== undefined || reason !== undefined || Object.keys(days).length > 0;
  const ways = [hitId !== undefined, isChosen, typed.flag("all")].filter(Boolean).length;
  if (ways !== 1) {
    throw wrongUsage(
      `dead-letters ${verb} needs ${ways === 0 ? "to know which ones" : "one way to choose"}: ` +
        "a HIT_ID, any of --stream, --reason, --since and --until, or --all.",
    );
  }
  if (hitId !== undefined) return { hit_id: hitIdOf(hitId) };
  return {
    ...(stream !== undefined && (await streamOf(api, stream))),
    ...(reason !== undefined && { reason }),
    ...days,
  };
}

export function daysOf(typed: Typed): Pick<Selection, "since" | "until"> {
  const [since, until] = [typed.day("since"), typed.day("until")];
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
}

/** ` of 2026-11-14 to 2026-11-16`; nothing where all days are meant. */
export function ofDays({ since, until }: Pick<Selection, "since" | "until">): string {
  if (since !== undefined && until !== undefined)
    return since === until ? ` of ${since}` : ` of ${since} to ${until}`;
  if (since !== undefined) return ` since ${since}`;
  return until === undefined ? "" : ` until ${until}`;
}

/** Dead letters outlive their streams: an id or a reference that is registered no more still chooses them. */
export async function streamOf(
  api: Api,
  typed: string,
): Promise<{ stream_id: string } | { stream_ref: string }> {
  if (/^[0-9a-f-]{36}$/i.test(typed)) return { stream_id: typed.toLowerCase() };
  if (/^[0-9a-f]{12}$/.test(typed)) return { stream_ref: typed };
  return { stream_id: (await findStream(api, typed)).id };
}

/** What --stream takes for the stream with a reference: its name where only one has it, else the reference.
 *  Names are a convenience: without an answer it is the reference. */
export async function streamTexts(api: Api): Promise<(streamRef: string) => string> {
  const { streams } = await api
    .ask<{ streams: StreamView[] }>({ path: "/v1/streams" }, { streams: "array" })
    .catch(() => ({ streams: [] as StreamView[] }));
  const texts = new Map<string, string>();
  for (const { id, name } of streams) {
    if (typeof name !== "string" || name.trim() === "") continue;
    const meant = streams.filter((one) => one.id === name || one.name === name);
    if (meant.length === 1) texts.set(streamRef(id), name);
  }
  return (ref) => texts.get(ref) ?? ref;
}

const pageMax = 1000;
const pagesMax = 100;

/** How many wait; past 100,000 it says `more than`. */
export async function countWaiting(api: Api, selection: Selection): Promise<{ count: number; text: string }> {
  if (selection.hit_id !== undefined) return { count: 1, text: "1 dead letter" };
  let count = 0;
  for (let page = 0; page < pagesMax; page++) {
    const letters = await listLetters(api, {
      ...selection,
      state: "waiting",
      limit: pageMax,
      offset: count,
    });
    count += letters.length;
    if (letters.length < pageMax) return { count, text: counted(count, "dead letter") + ofDays(selection) };
  }
  return { count, text: `more than ${counted(count, "dead letter")}${ofDays(selection)}` };
}

export async function listLetters(
  api: Api,
  page: Omit<Selection, "hit_id"> & {
    state: string;
    limit: number;
    offset: number;
  },
): Promise<LetterView[]> {
  const { stream_id, stream_ref, reason, since, until, state, limit, offset } = page;
  const query = search({
    state,
    stream_id,
    stream_ref,
    reason,
    since,
    until,
    limit: String(limit),
    ...(offset > 0 && { offset: String(offset) }),
  });
  const answer = await api.ask<{ dead_letters: LetterView[] }>(
    { path: `/v1/dead-letters${query}`, deadlineMs: 60_000 },
    { dead_letters: "array" },
  );
  return answer.dead_letters;
}

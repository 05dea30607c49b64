import type { Documents } from "../../documents.ts";
import { isProblem } from "../../problem.ts";
import { documentsConflict } from "../../problems.ts";
import type { FeedCode } from "../faults.ts";
import type { Format } from "../read/split.ts";
import type { FeedType } from "../read/values.ts";
import type { FeedColumn } from "../write/columns.ts";

/** What is known of the fetches of a feed, in one document under its name. */
export interface FetchState {
  /** The table that they made, as the feed's document wrote it, and its shape. Noted before it is made. */
  readonly table?: string;
  readonly partitioned?: boolean;
  readonly columns?: readonly FeedColumn[];
  /** The first day that is fetched by itself. */
  readonly since?: string;
  /** By day, YYYY-MM-DD, or `all` where the feed has no days. */
  readonly parts: Readonly<Record<string, Part>>;
  /** Parts that a person wants now. */
  readonly asked?: readonly string[];
  /** Unix ms until which somebody fetches, where more than one process may. */
  readonly held_until?: number;
  /** The newest first. */
  readonly fetches: readonly Fetch[];
}

export interface Part {
  /** The rows that the table has of it. */
  readonly rows?: number;
  /** Unix ms: when they were fetched. */
  readonly taken_at?: number;
  /** The day of the zone on which it was fetched well. */
  readonly taken_on?: string;
  /** Tries since then that did not take it, and Unix ms before which it is not tried again. Both are noted
   *  when a try begins: one that is killed counts as well. */
  readonly tries?: number;
  readonly next_at?: number;
  /** Unix ms: when the try began that is not over. */
  readonly began_at?: number;
  /** So many rows wait for a person, since they are so few. */
  readonly waits?: number;
  /** So many a person has said are right. */
  readonly accepts?: number;
}

/** One fetch, and what became of it. */
export interface Fetch {
  /** Unix ms. */
  readonly at: number;
  readonly day?: string;
  /** `waiting`: for a person. Only where it was `taken` is the table another one. */
  readonly state: "taken" | "failed" | "waiting";
  readonly code?: FeedCode;
  readonly reason?: string;
  readonly rows?: number;
  readonly rows_before?: number;
  readonly format?: Format;
  /** Fields of several types, which are STRING. */
  readonly mixed?: readonly { readonly field: string; readonly types: readonly FeedType[] }[];
  /** Of all of them, where `mixed` names the first ones alone. */
  readonly mixed_count?: number;
  /** What is to be looked at although it was taken. */
  readonly hint?: string;
  readonly took_ms: number;
}

/** The part of a feed without days. */
export const whole = "all";

const fetchesMax = 50;
/** Days longer ago are not fetched any more. */
const partsMax = 100;
const rivalsMax = 20;

/** @throws documents_down */
export async function readState({ documents }: { documents: Documents }, name: string): Promise<FetchState> {
  return stateOf((await documents.read("fetches", name))?.document);
}

function stateOf(document: unknown): FetchState {
  const { parts, fetches, ...rest } = Object(document) as Partial<FetchState>;
  return { ...rest, parts: parts ?? {}, fetches: fetches ?? [] };
}

/** @param change undefined: leave it
 *  @returns what it is then; undefined where it was left
 *  @throws documents_down; documents_conflict where others change it without an end */
export async function changeState(
  { documents }: { documents: Documents },
  name: string,
  change: (state: FetchState) => FetchState | undefined,
): Promise<FetchState | undefined> {
  for (let rivals = 1; ; rivals += 1) {
    const stored = await documents.read("fetches", name);
    const changed = change(stateOf(stored?.document));
    if (changed === undefined) return undefined;
    try {
      await documents.commit([
        { kind: "fetches", id: name, document: bounded(changed), ifVersion: stored?.version ?? null },
      ]);
      return changed;
    } catch (error) {
      if (!isProblem(error, documentsConflict) || rivals >= rivalsMax) throw error;
    }
  }
}

function bounded(state: FetchState): Record<string, unknown> {
  const parts = Object.entries(state.parts).sort(([one], [other]) => (one < other ? 1 : -1));
  const fetches = state.fetches.slice(0, fetchesMax);
  const document: FetchState = { ...state, parts: Object.fromEntries(parts.slice(0, partsMax)), fetches };
  // No store takes what is undefined.
  return JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
}

/** @returns the state with the fetch before the others, and the part as it is since */
export function withFetch(state: FetchState, part: string, is: Part, fetch: Fetch): FetchState {
  return {
    ...state,
    parts: { ...state.parts, [part]: is },
    asked: (state.asked ?? []).filter((one) => one !== part),
    fetches: [fetch, ...state.fetches],
  };
}

/** @returns the state with a try of the part begun: whoever is killed while it goes on has counted it. One
 *  that was never over is among the fetches now */
export function withTry(state: FetchState, part: string, now: number): FetchState {
  const before = state.parts[part] ?? {};
  const tries = (before.tries ?? 0) + 1;
  const is: Part = { ...before, tries, next_at: now + pauseMs(tries), began_at: now };
  const ended: Fetch[] =
    before.began_at === undefined
      ? []
      : [
          {
            at: before.began_at,
            ...(part !== whole && { day: part }),
            state: "failed",
            code: "ended_early",
            reason:
              "It ended before what became of it was noted: the process was stopped, or its memory or its time was over.",
            took_ms: 0,
          },
        ];
  return { ...state, parts: { ...state.parts, [part]: is }, fetches: [...ended, ...state.fetches] };
}

/** After a failure it is tried again through the day; the last pause repeats. */
const minuteMs = 60_000;
const pausesMs = [5 * minuteMs, 15 * minuteMs, 30 * minuteMs, 60 * minuteMs];

export function pauseMs(tries: number): number {
  return pausesMs[Math.min(tries, pausesMs.length) - 1]!;
}

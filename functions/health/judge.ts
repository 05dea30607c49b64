import { type Clock, dayOfDate, hourMs, type Local } from "./clock.ts";
import { type HealthSettings, sameDaysMin, type Usual, usualTime } from "./usual.ts";

/** What is seen of a stream now. */
export interface Seen {
  readonly state: "active" | "paused" | "closed";
  /** Hits so far, of the day that it is at the stream's place. */
  readonly today: number;
  /** Unix ms. */
  readonly lastAt?: number | undefined;
  /** Of the last 15 minutes. */
  readonly lately: {
    readonly hits: number;
    readonly refused: number;
    /** The reason of most of them. */
    readonly reason?: string | undefined;
    /** Hits that came to their table more than `delayMaxMs` late. */
    readonly late: number;
  };
  /** Dead letters that wait; the sentence says why the last one failed. */
  readonly waiting?: { readonly count: number; readonly detail: string } | undefined;
  /** Unix ms: nobody looked before, so that no silence began earlier. */
  readonly watchedSince?: number | undefined;
}

/** A badge, and what stands behind it: the sentence is made of this. */
export type Verdict =
  | { readonly badge: "paused" | "closed" | "new" }
  | { readonly badge: "failing"; readonly why: "invalid"; readonly problems: readonly string[] }
  | {
      readonly badge: "failing";
      readonly why: "dead_letters";
      readonly count: number;
      readonly detail: string;
    }
  | {
      readonly badge: "failing";
      readonly why: "refused";
      readonly refused: number;
      readonly requests: number;
      readonly reason: string | undefined;
    }
  | { readonly badge: "failing"; readonly why: "delay"; readonly late: number; readonly hits: number }
  | { readonly badge: "silent"; readonly lastAt: number; readonly silentMs: number; readonly isSet: boolean }
  | ({ readonly badge: "low" | "high" } & Compared)
  | { readonly badge: "healthy"; readonly today: number; readonly learning: number }
  | ({ readonly badge: "healthy"; readonly learning?: undefined } & Compared);

export const badgeNames = ["paused", "closed", "failing", "silent", "low", "high", "new", "healthy"] as const;
export type Badge = (typeof badgeNames)[number];

/** Today beside the same weekdays before it. */
export interface Compared {
  readonly today: number;
  readonly lowest: number;
  readonly highest: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** How many of them are known, 2 to 4. */
  readonly weeks: number;
}

export const latelyMs = 15 * 60_000;
export const delayMaxMs = 5 * 60_000;
const requestsMin = 20;
const refusedShareMax = 0.05;
const lateShareMax = 0.05;
/** Once nothing was learned for six weeks, or before there is enough to go by: three days without a hit are
 *  longer than a weekend. */
const untaughtSilentMs = 72 * hourMs;

const none: HealthSettings = {};

/** The first badge that is true. */
export function judge(
  clock: Clock,
  usual: Usual,
  seen: Seen,
  { settings = none, now }: { settings?: HealthSettings; now: number },
): Verdict {
  if (seen.state !== "active") return { badge: seen.state };
  const failing = failingOf(seen);
  if (failing !== undefined) return failing;
  const lastAt = seen.lastAt ?? usual.last;
  if (lastAt === undefined) return { badge: "new" };
  const local = clock(now);
  const silent = silentOf(clock, usual, { ...seen, lastAt }, { settings, now });
  if (silent !== undefined) return silent;
  const known = usual.same[local.weekday]!;
  if (known.length < sameDaysMin || leftOf(settings).odd.has(local.day))
    return { badge: "healthy", today: seen.today, learning: known.length };
  return comparedTo(known, usual.spread, seen.today, local);
}

function failingOf({ waiting, lately }: Seen): Verdict | undefined {
  if (waiting !== undefined && waiting.count > 0)
    return { badge: "failing", why: "dead_letters", ...waiting };
  const { hits, refused, late, reason } = lately;
  const requests = hits + refused;
  if (requests >= requestsMin && refused > refusedShareMax * requests)
    return { badge: "failing", why: "refused", refused, requests, reason };
  if (late > lateShareMax * hits) return { badge: "failing", why: "delay", late, hits };
  return undefined;
}

function silentOf(
  clock: Clock,
  usual: Usual,
  { lastAt, watchedSince = -Infinity }: Seen & { lastAt: number },
  { settings, now }: { settings: HealthSettings; now: number },
): Verdict | undefined {
  const from = Math.max(lastAt, watchedSince);
  const set = settings.silent_after_hours;
  const { isLeftOut } = leftOf(settings);
  const silent = (silentMs: number): Verdict => ({
    badge: "silent",
    lastAt,
    silentMs,
    isSet: set !== undefined,
  });
  if (set !== undefined) {
    const time = usualTime(clock, { pace: always, from, to: now, isLeftOut });
    return time >= set * hourMs ? silent(set * hourMs) : undefined;
  }
  // Shorter than any silence.
  if (now - from < hourMs) return undefined;
  if (usual.silentMs === undefined) {
    const time = usualTime(clock, { pace: always, from, to: now, isLeftOut });
    return time >= untaughtSilentMs ? silent(untaughtSilentMs) : undefined;
  }
  if (now - from < usual.silentMs) return undefined;
  const time = usualTime(clock, { pace: usual.pace, from, to: now, isLeftOut });
  return time >= usual.silentMs ? silent(usual.silentMs) : undefined;
}

const always: Usual["pace"] = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 1));

interface Left {
  readonly odd: ReadonlySet<number>;
  readonly isLeftOut: ((at: Local) => boolean) | undefined;
}

/** By the settings as they are: a check of many streams asks for the same again and again. */
const lefts = new WeakMap<HealthSettings, Left>();

function leftOf(settings: HealthSettings): Left {
  let left = lefts.get(settings);
  if (left === undefined) lefts.set(settings, (left = readLeft(settings)));
  return left;
}

function readLeft({ quiet_hours, odd_days }: HealthSettings): Left {
  const odd = new Set(odd_days?.map(dayOfDate));
  if (quiet_hours === undefined && odd.size === 0) return { odd, isLeftOut: undefined };
  const isQuiet = quietHours(quiet_hours);
  return {
    odd,
    isLeftOut: ({ day, hour, ms }) => odd.has(day) || isQuiet(hour * 60 + Math.floor(ms / 60_000)),
  };
}

/** @param text `22:00-06:00`, past midnight where the end is the earlier one */
function quietHours(text: string | undefined): (minute: number) => boolean {
  const [, ...parts] = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text ?? "") ?? [];
  if (parts.length === 0) return () => false;
  const [h1 = 0, m1 = 0, h2 = 0, m2 = 0] = parts.map(Number);
  const [from, to] = [h1 * 60 + m1, h2 * 60 + m2];
  return from <= to ? (minute) => minute >= from && minute < to : (minute) => minute >= from || minute < to;
}

/** What came within an hour is known for the hour alone: it is too few where the hours that are over for half
 *  an hour had twice as many, and too many where this one with its end had half of it. */
function comparedTo(
  known: readonly (readonly number[])[],
  spread: number,
  today: number,
  { weekday, hour, ms }: Local,
): Verdict {
  const over = known.map((day) => upTo(day, ms < hourMs / 2 ? hour - 1 : hour));
  const withThis = known.map((day) => upTo(day, hour + 1));
  const lowest = Math.min(...over);
  const highest = Math.max(...withThis);
  const compared = { today, lowest, highest, weekday, weeks: known.length };
  const [few, many] = [average(over), average(withThis)];
  if (today < 0.5 * lowest && today < few - 3 * deviation(few, spread)) return { badge: "low", ...compared };
  if (today > 2 * highest && today > many + 3 * deviation(many, spread) && today - highest >= highMin)
    return { badge: "high", ...compared };
  return { badge: "healthy", ...compared };
}

/** Of so many hits by chance, and of days that differ from one another. */
const deviation = (hits: number, spread: number): number => Math.sqrt(hits + (hits * spread) ** 2);

/** A handful more than usual in the first hours of a day is no news. */
const highMin = 20;

const upTo = (day: readonly number[], hour: number): number =>
  day.slice(0, Math.max(0, hour)).reduce((all, one) => all + one, 0);
const average = (numbers: readonly number[]): number =>
  numbers.reduce((all, one) => all + one, 0) / numbers.length;

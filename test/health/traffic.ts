import { type Clock, clockOf, dayMs, dayOfDate, hourMs } from "../../functions/health/clock.ts";
import { type Incident, step } from "../../functions/health/incident.ts";
import { type Badge, judge } from "../../functions/health/judge.ts";
import { type Counted, learnDay, type LearnedDay } from "../../functions/health/learned.ts";
import {
  type HealthSettings,
  keptDays,
  type Usual,
  usualOf,
  usualTime,
} from "../../functions/health/usual.ts";

// Looked up once: a test's global objects are slow to reach.
const { imul, floor, exp, round, sqrt, log, cos, max, sin, PI } = Math;
const turn = 2 * PI;

/** Years of a made-up stream, minute by minute, and what its badge says of them. */

export interface Kind {
  readonly name: string;
  readonly offset: string;
  /** Hits an hour that are to be expected. */
  readonly rate: (at: { weekday: number; hour: number; minute: number; day: number }, days: Days) => number;
  /** How much days differ from one another: a standard deviation, of the logarithm. */
  readonly spread?: number;
}

/** What a day is like, the same each time it is asked. */
export interface Days {
  /** From 0 to 1. */
  readonly chance: (day: number, salt?: number) => number;
}

/** mulberry32: the same numbers for the same seed, everywhere. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const wave = (hour: number, minute: number) => 1 + 0.85 * sin(((hour + minute / 60 - 9) / 24) * turn);
const isWeekend = (weekday: number) => weekday === 0 || weekday === 6;
const isOffice = (weekday: number, hour: number) => !isWeekend(weekday) && hour >= 8 && hour < 18;

export const kinds: readonly Kind[] = [
  {
    name: "shop, 5,000 a day",
    offset: "Europe/Berlin",
    rate: ({ weekday, hour, minute }) => 208 * wave(hour, minute) * (isWeekend(weekday) ? 0.6 : 1),
    spread: 0.15,
  },
  {
    name: "shop, 300 a day",
    offset: "America/New_York",
    rate: ({ weekday, hour, minute }) => 12.5 * wave(hour, minute) * (isWeekend(weekday) ? 0.6 : 1),
    spread: 0.2,
  },
  {
    name: "shop, 60 a day, 2 % more each week",
    offset: "Australia/Lord_Howe",
    rate: ({ hour, minute, day }) => 2.5 * wave(hour, minute) * 1.02 ** ((day - firstDay) / 7),
    spread: 0.25,
  },
  {
    name: "leads, 25 in office hours",
    offset: "Europe/Kyiv",
    rate: ({ weekday, hour }) => (isOffice(weekday, hour) ? 2.5 : 0),
    spread: 0.2,
  },
  {
    name: "leads, 200 in office hours, 6 outside",
    offset: "America/Sao_Paulo",
    rate: ({ weekday, hour }) => (isOffice(weekday, hour) ? 20 : 0.35),
    spread: 0.2,
  },
  {
    name: "offers, 3 a working day",
    offset: "Asia/Kolkata",
    rate: ({ weekday, hour }) => (isOffice(weekday, hour) ? 0.3 : 0),
  },
  { name: "always, 8 an hour", offset: "UTC", rate: () => 8 },
  { name: "always, 1 an hour", offset: "+03:00", rate: () => 1 },
  {
    name: "a batch of 800 each night, within 40 min",
    offset: "Europe/Berlin",
    rate: ({ hour, minute, day }, { chance }) => {
      const begins = 170 + floor(chance(day) * 40);
      const at = hour * 60 + minute;
      return at >= begins && at < begins + 5 ? 160 * 60 : 0;
    },
  },
  {
    name: "20 at 5 past each hour",
    offset: "-05:00",
    rate: ({ minute }) => (minute === 5 ? 20 * 60 : 0),
  },
  {
    name: "nearly all in two hours of the evening",
    offset: "Europe/Madrid",
    rate: ({ hour }) => (hour === 19 || hour === 20 ? 108 : 1.1),
    spread: 0.2,
  },
  {
    name: "weekends alone",
    offset: "Pacific/Auckland",
    rate: ({ weekday, hour }) => (isWeekend(weekday) && hour >= 9 && hour < 22 ? 6 : 0),
  },
];

/** A Monday. */
const firstDay = dayOfDate("2026-01-05");
/** On which nearly nothing comes, and which are marked. */
const holidays = ["2026-04-03", "2026-05-01", "2026-08-15", "2026-10-03", "2026-12-25", "2027-01-01"];

const checkMs = 5 * 60_000;
const warmUpDays = 28;

export interface Told {
  /** Messages that were no fault, by quarter. */
  readonly falseAlarms: number[];
  readonly falseBadges: Partial<Record<Badge, number>>;
  readonly silences: Noticed[];
}

export interface Noticed {
  /** Ms from the last hit to the badge: as clocks go, and with what is usually quiet left out. */
  readonly wallMs: number;
  readonly usualMs: number;
  /** What it is to be, but for the time to the next check. */
  readonly silentMs: number;
  /** From the badge to the message. */
  readonly messageMs: number;
}

/** @param options.silences plants a silence once a month, each until it is told */
export function live(
  kind: Kind,
  { seed, days, silences }: { seed: number; days: number; silences: boolean },
): Told {
  const clock = clockOf(kind.offset);
  const settings: HealthSettings = { odd_days: holidays };
  const next = random(seed);
  const told = {
    falseAlarms: [] as number[],
    falseBadges: {} as Told["falseBadges"],
    silences: [] as Noticed[],
  };
  const start = firstDay * dayMs - 14 * hourMs;
  const hitsIn = createStream(kind, clock, { seed, next });
  const isLeftOut = ({ day }: { day: number }) => oddDays.has(day);
  const memory = createMemory(clock);
  let planted: { from: number } | undefined;
  let plantAt = (warmUpDays + 3 + next() * 20) * dayMs + start;
  let incident: Incident | undefined;
  let badgeAt: number | undefined;
  let rows: Counted[] = [];
  for (let at = start; at < start + days * dayMs; at += checkMs) {
    if (silences && planted === undefined && at >= plantAt) planted = { from: at };
    for (let minute = at; minute < at + checkMs; minute += 60_000) {
      const hits = planted === undefined ? hitsIn(minute) : 0;
      if (hits > 0) rows.push({ minute, hits, lastAt: minute + floor(next() * 60_000), minutes: 1 });
    }
    const now = at + checkMs;
    const { day } = clock(now - 1);
    const usual = memory.usualOn(day, rows);
    if (clock(at - 1).day !== day) rows = rows.filter(({ minute }) => clock(minute).day === day);
    const lastAt = rows.at(-1)?.lastAt ?? usual.last;
    const today = rows.reduce((sum, { hits }) => sum + hits, 0);
    const verdict = judge(
      clock,
      usual,
      { state: "active", today, lastAt, lately: { hits: 0, refused: 0, late: 0 } },
      { settings, now },
    );
    const { incident: after, tell } = step(incident, verdict, { at: now, lastAt });
    incident = after;
    const isMessage = tell === "opened";
    if (planted !== undefined) {
      if (verdict.badge === "silent" && verdict.lastAt === lastAt) badgeAt ??= now;
      if (isMessage && badgeAt !== undefined) {
        const { silentMs = 0 } = usual;
        told.silences.push({
          wallMs: badgeAt - lastAt!,
          usualMs: usualTime(clock, { pace: usual.pace, from: lastAt!, to: badgeAt, isLeftOut }),
          silentMs,
          messageMs: now - badgeAt,
        });
      }
      if (badgeAt !== undefined && incident?.toldAt !== undefined) {
        planted = undefined;
        badgeAt = undefined;
        plantAt = at + (20 + next() * 20) * dayMs;
      }
      continue;
    }
    const lived = (now - start) / dayMs - warmUpDays;
    if (isMessage && lived > 0) {
      const quarter = floor(lived / 91);
      told.falseAlarms[quarter] = (told.falseAlarms[quarter] ?? 0) + 1;
      told.falseBadges[verdict.badge] = (told.falseBadges[verdict.badge] ?? 0) + 1;
    }
  }
  return told;
}

const oddDays = new Set(holidays.map(dayOfDate));

/** Yesterday is learned when it is over. */
function createMemory(clock: Clock) {
  const known: LearnedDay[] = [];
  let learned = -1;
  let usual: Usual | undefined;
  return {
    usualOn(day: number, rows: readonly Counted[]): Usual {
      if (usual !== undefined && learned === day) return usual;
      const over = rows.filter(({ minute }) => clock(minute).day < day);
      if (learned !== -1) known.push(learnDay(clock, learned, over, known.at(-1)?.last));
      if (known.length > keptDays) known.shift();
      learned = day;
      usual = usualOf(clock, known, (one) => oddDays.has(one));
      return usual;
    },
  };
}

/** Hits of a minute, by chance. */
function createStream(
  { rate, spread = 0 }: Kind,
  clock: Clock,
  { seed, next }: { seed: number; next: () => number },
): (minute: number) => number {
  const ofDays = random(seed + 77);
  const drawn = Array.from({ length: 1_000 }, () => [ofDays(), ofDays(), ofDays()]);
  const days: Days = { chance: (day, salt = 0) => drawn[day - firstDay + 3]![salt]! };
  let known = { day: -1, factor: 1 };
  return (minute) => {
    const { day, weekday, hour, ms } = clock(minute);
    if (known.day !== day) {
      const normal = sqrt(-2 * log(days.chance(day, 1) || 1e-9)) * cos(turn * days.chance(day, 2));
      known = { day, factor: exp(spread * normal) * (oddDays.has(day) ? 0.03 : 1) };
    }
    const expected = (rate({ weekday, hour, minute: floor(ms / 60_000), day }, days) * known.factor) / 60;
    return expected === 0 ? 0 : poisson(expected, next);
  };
}

function poisson(expected: number, next: () => number): number {
  if (expected > 50) {
    const normal = sqrt(-2 * log(next() || 1e-9)) * cos(turn * next());
    return max(0, round(expected + sqrt(expected) * normal));
  }
  const limit = exp(-expected);
  let product = next();
  let hits = 0;
  while (product > limit) {
    product *= next();
    hits += 1;
  }
  return hits;
}

import { type Clock, hourMs, type Local } from "./clock.ts";
import type { LearnedDay } from "./learned.ts";

/** What is usual for a stream, from what was learned of its days. */
export interface Usual {
  /** Hits an hour, by weekday (0 is Sunday) and hour of the clock. */
  readonly rates: readonly (readonly number[])[];
  /** Silent after so much of its usual time without a hit; undefined until enough is known. */
  readonly silentMs: number | undefined;
  /** How fast its usual time passes, by weekday and hour: 1 where hits come as always, less where few do, 0
   *  where none. */
  readonly pace: readonly (readonly number[])[];
  /** Of each weekday the hits by hour on the last ones of them, the latest first: at most four. */
  readonly same: readonly (readonly (readonly number[])[])[];
  /** How much days differ from others of their weekday beside what chance does to so many hits: a part of
   *  their hits. */
  readonly spread: number;
  /** Unix ms. */
  readonly last: number | undefined;
}

/** What a person has set. */
export interface HealthSettings {
  /** Silent after so many hours, whatever is usual. */
  readonly silent_after_hours?: number;
  /** No silence counts in these hours of each day: `22:00-06:00`. */
  readonly quiet_hours?: string;
  /** Days on which nothing is as usual: holidays. `YYYY-MM-DD` */
  readonly odd_days?: readonly string[];
}

const sameDays = 4;
/** Two weeks. */
export const sameDaysMin = 2;
/** Gaps of four weeks tell how long one usually is. */
const gapDays = 28;
/** So many days are kept: four of each weekday are among them where two of one were odd. */
export const keptDays = 42;
/** A week has each weekday once: before, nobody knows what a Sunday is like. */
const daysMin = 7;
const silentMinMs = hourMs;
/** Where so many hits would have come, none is no chance: of gaps between hits that come by chance, one in
 *  3,000 is as long. Busy streams have many gaps. */
const missedHits = 8;
const missedHitsOfBusy = 10;
/** In slower hours more of them have to be missed: slow days are slower there. */
const slowlyMissedHits = 12;
/** What all days say of an hour counts as so many hits beside those that one weekday says. */
const borrowed = 24;

/** @param known the days that were learned, the earliest first
 *  @param isOdd whether a day is not as others */
export function usualOf(clock: Clock, known: readonly LearnedDay[], isOdd: (day: number) => boolean): Usual {
  const first = known.findIndex(({ last }) => last !== undefined);
  // Since its last hit nothing is as usual, however many days that are.
  const end = known.findLastIndex(({ active }) => active > 0) + 1;
  const days = first === -1 ? [] : known.slice(first, end);
  // On its first day it began somewhere in between.
  const whole = days.slice(1).filter(({ day }) => !isOdd(day));
  const same = weekdays.map((weekday) =>
    whole
      .filter(({ day }) => (day + 4) % 7 === weekday)
      .slice(-sameDays)
      .reverse()
      .map(({ hits }) => hits),
  );
  const rates = ratesOf(same);
  const found = { rates, same, spread: spreadOf(same), last: known.at(-1)?.last };
  if (whole.length < daysMin) return { ...found, silentMs: undefined, pace: paceOf(rates, silentMinMs) };
  return { ...found, ...silenceOf(clock, days.slice(-gapDays), rates, isOdd) };
}

const weekdays = [0, 1, 2, 3, 4, 5, 6];
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : sum(numbers) / numbers.length;

function ratesOf(same: Usual["same"]): number[][] {
  const all = same.flat();
  const total = sum(all.flat());
  // What part of a day comes in each hour.
  const shares = hours.map((hour) => (total === 0 ? 0 : sum(all.map((day) => day[hour]!)) / total));
  const usualDay = mean(all.map(sum));
  return same.map((days) => {
    // Nothing is known of this weekday yet.
    const ofDay = days.length === 0 ? usualDay : mean(days.map(sum));
    return hours.map((hour) => {
      const model = ofDay * shares[hour]!;
      const seen = sum(days.map((day) => day[hour]!));
      const expected = model * days.length;
      // The hour is another one on this weekday: a shop that closes at noon on Saturdays.
      const isItsOwn = Math.abs(seen - expected) > 3 * Math.sqrt(expected);
      if (days.length > 0 && isItsOwn) return seen / days.length;
      const weight = days.length === 0 ? 0 : Math.max(seen, expected);
      return (mean(days.map((day) => day[hour]!)) * weight + model * borrowed) / (weight + borrowed);
    });
  });
}

/** Days of people's doings differ by as much, whatever four weeks say. */
const spreadMin = 0.15;

function spreadOf(same: Usual["same"]): number {
  let squares = 0;
  let chance = 0;
  let free = 0;
  for (const days of same) {
    const usual = mean(days.map(sum));
    if (days.length < 2 || usual === 0) continue;
    for (const day of days) squares += (sum(day) / usual - 1) ** 2;
    chance += (days.length - 1) / usual;
    free += days.length - 1;
  }
  return free === 0 ? spreadMin : Math.max(spreadMin, Math.sqrt(Math.max(0, squares - chance) / free));
}

const hours = Array.from({ length: 24 }, (_, hour) => hour);

/** How long a silence must be. Gaps are measured in a time that goes slower in hours with fewer hits than the
 *  mean of the week, so that nights do not make the days' gaps longer. */
function silenceOf(
  clock: Clock,
  days: readonly LearnedDay[],
  rates: readonly (readonly number[])[],
  isOdd: (day: number) => boolean,
): Pick<Usual, "silentMs" | "pace"> {
  const usual = mean(rates.flat());
  const pace = rates.map((day) => day.map((rate) => (rate === 0 ? 0 : Math.min(1, rate / usual))));
  const gap = longGap(clock, days, { pace, isLeftOut: ({ day }) => isOdd(day) });
  const silentMs = Math.max(silentMinMs, 2 * gap);
  return { silentMs, pace: paceOf(rates, silentMs) };
}

function paceOf(rates: readonly (readonly number[])[], silentMs: number): number[][] {
  const enough = silentMs === silentMinMs ? missedHitsOfBusy : missedHits;
  return rates.map((day) =>
    day.map((rate) => {
      const missed = (rate * silentMs) / hourMs;
      return missed >= enough ? 1 : missed / slowlyMissedHits;
    }),
  );
}

/** Of 100 gaps between minutes in which something came, 99 are at most as long, in usual time. */
function longGap(clock: Clock, days: readonly LearnedDay[], how: Omit<Span, "from" | "to">): number {
  const all = sum(days.map(({ active }) => active));
  const gaps = days
    .flatMap((day) => day.gaps)
    .map((gap) => usualTime(clock, { ...how, ...gap }))
    .sort((one, other) => other - one);
  // The longest of many may be the last time that something was broken.
  const odd = gaps.length >= gapsMin ? 1 : 0;
  return gaps[Math.max(odd, Math.floor(all / 100))] ?? 0;
}

const gapsMin = 20;

interface Span {
  readonly pace: Usual["pace"];
  /** Unix ms. */
  readonly from: number;
  readonly to: number;
  /** Hours in which no time passes: those of odd days, and those that a person has set. */
  readonly isLeftOut?: ((at: Local) => boolean) | undefined;
}

/** How much of a stream's usual time lies between two moments, in ms. */
export function usualTime(clock: Clock, { pace, from, to, isLeftOut }: Span): number {
  let at = Math.max(from, to - spanMaxMs);
  let time = 0;
  while (at < to) {
    const local = clock(at);
    const next = Math.min(to, at + stepMs - (local.ms % stepMs));
    if (isLeftOut?.(local) !== true) time += (next - at) * pace[local.weekday]![local.hour]!;
    at = next;
  }
  return time;
}

/** Longer than anything is remembered. */
const spanMaxMs = 45 * 24 * hourMs;
/** Hours that are left out begin and end on a half hour at best. */
const stepMs = hourMs / 2;

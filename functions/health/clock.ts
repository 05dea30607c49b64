import { BoundedMap } from "../bounded.ts";
import { secondsEast } from "../streams/records/times.ts";

/** A moment on the clock of a place. */
export interface Local {
  /** Days since 1970 there. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  /** Milliseconds since the hour began. */
  readonly ms: number;
}

export type Clock = (ms: number) => Local;

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** Clocks are changed on a quarter of an hour, everywhere, and on few days. */
const quarterMs = hourMs / 4;
/** Of each zone, what is remembered: months of days, and the quarters of those on which clocks change. */
const rememberedMax = 2_000;
const clocks = new BoundedMap<string, Clock>(100);

/** @param offset as a stream has it: `+03:00`, `UTC`, `Europe/Kyiv` */
export function clockOf(offset: string): Clock {
  let clock = clocks.get(offset);
  if (clock === undefined) clocks.set(offset, (clock = make(offset)));
  return clock;
}

function make(offset: string): Clock {
  const east = new BoundedMap<number, number>(rememberedMax);
  const eastAt = (at: number): number => {
    let shift = east.get(at);
    if (shift === undefined) east.set(at, (shift = secondsEast(at / 1000, offset) * 1000));
    return shift;
  };
  return (at) => {
    const begin = Math.floor(at / dayMs) * dayMs;
    const isChanged = eastAt(begin) !== eastAt(begin + dayMs);
    const local = at + eastAt(isChanged ? Math.floor(at / quarterMs) * quarterMs : begin);
    const day = Math.floor(local / dayMs);
    const ofDay = local - day * dayMs;
    const hour = Math.floor(ofDay / hourMs);
    // 1970-01-01 was a Thursday.
    return { day, weekday: (((day + 4) % 7) + 7) % 7, hour, ms: ofDay - hour * hourMs };
  };
}

export const dayOfDate = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMs;

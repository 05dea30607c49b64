import { globSync } from "node:fs";

/** What makes a process believe that it is another time; undefined where the machine has no libfaketime. */
const library = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")[0];

/** Why no clock can be wrong here; undefined where it can. */
export const noWrongClock =
  library === undefined
    ? "a clock is wrong with libfaketime, which this machine lacks: apt-get install libfaketime."
    : undefined;

/** The environment of a process whose clock is off by so many days; pauses pass as ever. */
export function clockOff(days: number): Record<string, string> {
  return clock(`${days < 0 ? "-" : "+"}${Math.abs(days)}d`);
}

/** The environment of a process whose clock begins at a moment, whenever it is started; pauses pass as ever.
 *  @param moment in UTC, as "2026-11-26 12:00:00"
 *  @param speed how fast the clock goes on: at 0.1 a minute of it lasts ten */
export function clockFrom(moment: string, speed = 1): Record<string, string> {
  return { ...clock(`@${moment} x${speed}`), TZ: "UTC" };
}

function clock(time: string): Record<string, string> {
  if (library === undefined) throw new Error(noWrongClock);
  return {
    LD_PRELOAD: library,
    FAKETIME: time,
    DONT_FAKE_MONOTONIC: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

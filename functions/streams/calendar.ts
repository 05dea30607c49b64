/** Days at a stream's offset. Fixed offsets are arithmetic; zones ask Intl once a minute and zone,
 *  never once a hit: an offset changes on a whole minute, so within one minute the day is the same
 *  or changes at its start. */
import { BoundedMap } from "../bounded.ts";

/** Milliseconds since 1970 -> `YYYY-MM-DD` at the place. */
export type Calendar = (ms: number) => string;

const fixed = /^([+-])(0\d|1[0-4]):([0-5]\d)$/;
const minuteMs = 60_000;
/** A backlog of a day that is delivered late stays in here. */
const minutesMax = 1440;

const calendars = new Map<string, Calendar>();
/** More zones than there are; a bound all the same. */
const calendarsMax = 1000;

/** @param offset `+03:00`, `-05:30`, `UTC` or an IANA zone
 *  @returns undefined where it is none of them */
export function calendarOf(offset: string): Calendar | undefined {
  const known = calendars.get(offset);
  if (known !== undefined) return known;
  const made = make(offset);
  if (made !== undefined && calendars.size < calendarsMax) calendars.set(offset, made);
  return made;
}

/** `YYYY-MM-DD`, a day that there is. */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The day in UTC. */
export const utcDay: Calendar = atOffset(0);

function make(offset: string): Calendar | undefined {
  if (offset === "UTC") return utcDay;
  const [, sign, hours, minutes] = fixed.exec(offset) ?? [];
  if (sign !== undefined) {
    const ms = (Number(hours) * 60 + Number(minutes)) * minuteMs;
    return ms > 14 * 60 * minuteMs ? undefined : atOffset(sign === "-" ? -ms : ms);
  }
  return /^[A-Za-z]/.test(offset) ? inZone(offset) : undefined;
}

function atOffset(offsetMs: number): Calendar {
  let day = Number.NaN;
  let text = "";
  return (ms) => {
    const today = Math.floor((ms + offsetMs) / 86_400_000);
    if (today !== day) {
      text = new Date(today * 86_400_000).toISOString().slice(0, 10);
      day = today;
    }
    return text;
  };
}

function inZone(zone: string): Calendar | undefined {
  let format: Intl.DateTimeFormat;
  try {
    // Sweden writes dates as ISO 8601 does.
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
  } catch {
    return undefined;
  }
  const days = new BoundedMap<number, string>(minutesMax);
  return (ms) => {
    const minute = Math.floor(ms / minuteMs);
    let day = days.get(minute);
    if (day === undefined) {
      day = format.format(minute * minuteMs);
      days.set(minute, day);
    }
    return day;
  };
}

import { BoundedMap } from "../../functions/bounded.ts";

/** Numbers and times as every page writes them. */

const thousands = new Intl.NumberFormat("en-US");

/** `1,204`; zero is paler, as it says that there is nothing. */
export function Count({ of }: { of: number }) {
  return of === 0 ? <span class="none">0</span> : <>{count(of)}</>;
}

export const count = (value: number): string => thousands.format(value);

/** `1 hit`, `1,204 hits`, `1 address`, `3 addresses`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Today `14:05:31`, another day of this year `24 Nov 16:10`, else with its year; by the clock of `zone`.
 *  @param props.exact to the millisecond, where hits stand close */
export function Time(props: { at: number; zone: string; now: number; exact?: boolean }) {
  const { at, zone, now } = props;
  // Of a document or a row that somebody wrote by hand.
  if (!(Math.abs(at) <= timeMax)) return <span class="none">no time</span>;
  const day = (ms: number) => inZone(ms, zone, { year: "numeric", month: "2-digit", day: "2-digit" });
  const clock = (seconds: boolean) =>
    inZone(at, zone, {
      hour: "2-digit",
      minute: "2-digit",
      ...(seconds && { second: "2-digit" }),
      ...(seconds && props.exact === true && { fractionalSecondDigits: 3 }),
    });
  const isToday = day(at) === day(now);
  const isThisYear = day(at).slice(-4) === day(now).slice(-4);
  const date = inZone(at, zone, { day: "numeric", month: "short", ...(!isThisYear && { year: "numeric" }) });
  return (
    <time datetime={new Date(at).toISOString()} title={`${utc(at)} UTC`}>
      {isToday ? clock(true) : `${date} ${clock(false)}`}
    </time>
  );
}

/** Days `YYYY-MM-DD` of which things are meant: ` of 14 to 16 Nov`, ` of 30 Oct 2025 to 2 Jan`, ` since 14
 *  Nov`; nothing where all days are. */
export function ofDays(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  now: number,
): string {
  const shown = (day: string, isWhole = true) => {
    const year = day.slice(0, 4) !== new Date(now).toISOString().slice(0, 4);
    const month = isWhole ? ({ month: "short", ...(year && { year: "numeric" }) } as const) : {};
    return inZone(Date.parse(day), "UTC", { day: "numeric", ...month });
  };
  if (since === undefined) return until === undefined ? "" : ` until ${shown(until)}`;
  if (until === undefined) return ` since ${shown(since)}`;
  if (since === until) return ` of ${shown(since)}`;
  return ` of ${shown(since, since.slice(0, 7) !== until.slice(0, 7))} to ${shown(until)}`;
}

/** The last moment that JavaScript has. */
const timeMax = 8.64e15;

const utc = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");

function inZone(at: number, zone: string, parts: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${Object.entries(parts).join()}`;
  let format = formats.get(key);
  // To make one takes longer than all else of a row: a page with 50 streams needs hundreds.
  if (format === undefined)
    formats.set(
      key,
      (format = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone, hourCycle: "h23" })),
    );
  return format.format(at);
}

const formats = new BoundedMap<string, Intl.DateTimeFormat>(200);

/** What a column of names has room for. */
const unbrokenMax = 24;

/** A long name of the warehouse breaks behind a dot or an underscore, where it must. */
export function Breakable({ text }: { text: string }) {
  if (text.length <= unbrokenMax) return <>{text}</>;
  return (
    <>
      {text.split(/(?<=[._-])/).map((part, index) => (
        <>
          {index > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  );
}

import { counted } from "../counted.ts";
import type { Clock } from "./clock.ts";
import type { Compared, Verdict } from "./judge.ts";

/** A badge in words, at the stream's own clock. The badge itself is said beside it. */
export function sentenceOf(verdict: Verdict, { clock, now }: { clock: Clock; now: number }): string {
  switch (verdict.badge) {
    case "paused":
      return "Senders get 503; those that retry lose nothing.";
    case "closed":
      return "The address answers 410.";
    case "new":
      return "No hit yet.";
    case "failing":
      return failing(verdict);
    case "silent": {
      const usually = verdict.isSet
        ? `it was set to be silent after ${lengthText(verdict.silentMs)}.`
        : `usually none is missing for ${lengthText(verdict.silentMs)}.`;
      return `No hit since ${timeText(clock, verdict.lastAt)}, for ${lengthText(now - verdict.lastAt)}; ${usually}`;
    }
    case "low":
    case "high":
      return comparing(verdict, clock, now);
    case "healthy":
      if (verdict.learning === undefined) return comparing(verdict, clock, now);
      return `${counted(verdict.today, "hit")} by ${clockText(clock, now)}; what is usual is known once there were two weeks as others.`;
  }
}

function failing(verdict: Extract<Verdict, { badge: "failing" }>): string {
  switch (verdict.why) {
    case "invalid":
      return `Its document cannot be used: ${verdict.problems.join("; ")}.`;
    case "dead_letters": {
      const wait = counted(verdict.count, "hit waits", "hits wait");
      return `${wait} for somebody: ${firstSentence(verdict.detail)}`;
    }
    case "refused": {
      const most = verdict.reason === undefined ? "" : `, most as ${verdict.reason}`;
      return `${number(verdict.refused)} of ${counted(verdict.requests, "request")} of the last 15 minutes were refused${most}.`;
    }
    case "delay":
      return `${number(verdict.late)} of ${counted(verdict.hits, "hit")} of the last 15 minutes came to their table more than 5 minutes late.`;
  }
}

/** What to do stands where its dead letters are. */
function firstSentence(detail: string): string {
  const [cause = ""] = /^.+?\.(?= |$)/s.exec(detail) ?? [detail];
  return cause.replace(/^(The|Column|Table|Dataset) /, (word) => word.toLowerCase());
}

function comparing({ today, lowest, highest, weekday, weeks }: Compared, clock: Clock, now: number): string {
  const before = `on the last ${words[weeks] ?? weeks} ${weekdays[weekday]}s`;
  return `${hits(today)} by ${clockText(clock, now)}; ${before} ${number(lowest)} to ${number(highest)} by this hour.`;
}

const words: Readonly<Record<number, string>> = { 2: "two", 3: "three", 4: "four" };
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const number = (count: number): string => count.toLocaleString("en-US");
const hits = (count: number): string => `${number(count)} ${count === 1 ? "hit" : "hits"}`;
const two = (count: number): string => String(count).padStart(2, "0");

/** `14:05` */
function clockText(clock: Clock, at: number): string {
  const { hour, ms } = clock(at);
  return `${two(hour)}:${two(Math.floor(ms / 60_000))}`;
}

/** `Fri 27 Nov 14:05` */
function timeText(clock: Clock, at: number): string {
  const { day, weekday } = clock(at);
  const date = new Date(day * 86_400_000);
  return `${weekdays[weekday]!.slice(0, 3)} ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${clockText(clock, at)}`;
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
] as const;

/** `3 h 10 min` */
export function lengthText(ms: number): string {
  const begin = units.findIndex(([, size]) => ms >= size);
  if (begin === -1) return "less than a minute";
  let rest = ms;
  const parts = units.slice(begin, begin + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return parts.join(" ");
}

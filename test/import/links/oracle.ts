import { calendarOf } from "../../../functions/streams/calendar.ts";
import { trimmed } from "../../../functions/import/fields/text.ts";
import type { LinkSettings } from "../../../functions/import/links/settings.ts";
import type { Value } from "../../../functions/warehouse.ts";
import type { BackendEvent, WebEvent } from "./setup.ts";

/** What each event is linked to, decided by plain loops over all web events with its id: the rules as
 *  sentences, one after the other, and no SQL. */

export interface Answer {
  readonly state: string;
  readonly reason: string | null;
  readonly web_event_id: string | null;
  readonly candidate_count: number;
  readonly matched_ev: string | null;
  readonly rule: string | null;
  readonly days_between: number | null;
  readonly also: string | null;
  readonly suggestion: string | null;
}

interface Known extends WebEvent {
  readonly id: string;
  readonly micros: bigint;
}

export function openOracle(web: readonly WebEvent[]) {
  const all = web.map((event): Known => ({
    ...event,
    id: trimmed(event.transaction_id),
    micros: microsOf(event.event_time),
  }));
  const byId = grouped(all, ({ id }) => id);
  const byNear = grouped(all, ({ id }) => nearOf(id));
  const names = new Set(web.map(({ ev }) => ev));
  const lastDay = Math.max(...web.map(({ event_time }) => dayNumber(event_time.slice(0, 10))));

  return function answer(event: BackendEvent, settings: LinkSettings, now: number): Answer {
    const calendar = calendarOf(settings.zone)!;
    const dayOf = ({ micros }: Known) => dayNumber(calendar(Number(micros / 1000n)));
    const day = dayNumber(event.date);
    const same = event.reference_id === "" ? [] : (byId.get(event.reference_id) ?? []);
    const listed = same.filter(({ ev }) => event.reference_ev.includes(ev));
    const age = (one: Known) => day - dayOf(one);
    const before = listed.filter((one) => age(one) >= 0 && age(one) <= settings.look_back_days);
    const after = listed.filter((one) => age(one) < 0 && -age(one) <= settings.after_days);
    const isEqual = settings.order === "any";

    for (const [rule, candidates] of [
      [settings.choice, before],
      ["after_event", after],
    ] as const) {
      for (const name of isEqual ? [undefined] : event.reference_ev) {
        const found = candidates.filter(({ ev }) => name === undefined || ev === name);
        if (found.length === 0) continue;
        const [best] = found.toSorted((a, b) => {
          const sooner = a.micros < b.micros ? -1 : a.micros > b.micros ? 1 : 0;
          return (rule === "latest" ? -sooner : sooner) || (a.web_event_id < b.web_event_id ? -1 : 1);
        });
        return {
          state: "linked",
          reason: null,
          web_event_id: best!.web_event_id,
          candidate_count: [...before, ...after].filter(({ ev }) => name === undefined || ev === name).length,
          matched_ev: best!.ev,
          rule,
          days_between: age(best!),
          also: null,
          suggestion: null,
        };
      }
    }

    const old = listed.filter((one) => age(one) > settings.look_back_days);
    const late = listed.filter((one) => age(one) < 0);
    const others = same.filter(({ ev }) => !event.reference_ev.includes(ev)).map(({ ev }) => ev);
    const near = (byNear.get(nearOf(event.reference_id)) ?? [])
      .filter(({ ev, id }) => id !== "" && event.reference_ev.includes(ev) && id !== event.reference_id)
      .map(({ id }) => id);
    const reasons = [
      ...(day > lastDay ? ["web_data_pending"] : []),
      ...(event.reference_ev.some((name) => names.has(name)) ? [] : ["event_name_unknown"]),
      ...(old.length > 0 ? ["too_old"] : []),
      ...(late.length > 0 && settings.after_days === 0 ? ["after_event_only"] : []),
      ...(late.length > 0 && settings.after_days > 0 ? ["too_late"] : []),
      ...(others.length > 0 ? ["id_other_event"] : []),
      ...(near.length > 0 ? ["id_near"] : []),
    ];
    const [reason = "id_unknown", ...also] = reasons;
    const nearestOld = old.length > 0 ? Math.min(...old.map(age)) : null;
    const nearestLate = late.length > 0 ? Math.max(...late.map(age)) : null;
    const isOfTime = ["too_old", "after_event_only", "too_late"].includes(reason);
    return {
      state: dayNumber(calendar(now)) - day <= settings.window_days ? "waiting" : "unlinked",
      reason,
      web_event_id: null,
      candidate_count: 0,
      matched_ev: null,
      rule: null,
      days_between: isOfTime ? (nearestOld ?? nearestLate) : null,
      also: also.length > 0 ? also.join(",") : null,
      suggestion: reason === "id_near" ? least(near) : reason === "id_other_event" ? least(others) : null,
    };
  };
}

export const answerColumns: readonly (keyof Answer)[] = [
  "state",
  "reason",
  "web_event_id",
  "candidate_count",
  "matched_ev",
  "rule",
  "days_between",
  "also",
  "suggestion",
];

export function asAnswer(row: Record<string, Value>): Answer {
  return Object.fromEntries(answerColumns.map((name) => [name, row[name] ?? null])) as unknown as Answer;
}

function nearOf(id: string): string {
  return trimmed(id).toLowerCase().replaceAll(/\s+/g, "").replace(/\.0$/, "").replace(/^0+/, "");
}

const least = (texts: readonly string[]): string => texts.toSorted((a, b) => (a < b ? -1 : 1))[0]!;

const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;

function microsOf(iso: string): bigint {
  const [, seconds = "", fraction = ""] = /^(.*?)(?:\.(\d+))?Z$/.exec(iso) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.padEnd(6, "0"));
}

function grouped(events: readonly Known[], keyOf: (event: Known) => string): Map<string, Known[]> {
  const groups = new Map<string, Known[]>();
  for (const event of events) {
    const group = groups.get(keyOf(event)) ?? [];
    groups.set(keyOf(event), group);
    group.push(event);
  }
  return groups;
}

import { hash } from "node:crypto";
import { streamRef } from "../../stream-ref.ts";
import {
  wholeRules,
  type BackendEventsMapping,
  type EventRule,
} from "../../streams/records/backend-events.ts";
import { calendarOf } from "../../streams/calendar.ts";
import { parsePath } from "../../streams/records/path.ts";
import { readTime } from "../../streams/records/times.ts";
import { itemsAt, scalarAt, valueAt, type Hit as Read } from "../../streams/records/value.ts";
import { daysBefore } from "../fields/date.ts";
import { openRowChecks, type Cells, type RowChecks } from "../fields/row.ts";
import type { Fault } from "../rejects.ts";
import type { ImportedEvent } from "../report.ts";
import type { ImportSettings } from "../settings.ts";

/** Makes backend events of a hit, by what its stream says: nothing is asked and nothing is written. */

/** A hit that is read. */
export interface MappedHit {
  readonly stream_id: string;
  readonly hit_id: string;
  /** `fields` of its row, parsed; null where it has none. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>> | null;
  /** The day on which it came, at the stream's offset. */
  readonly date: string;
}

/** What its stream says. */
export interface Mapping {
  readonly backend_events: BackendEventsMapping;
  /** The path of a batch's list; without it a list is a batch, and all else one item. */
  readonly items?: string | undefined;
  readonly offset: string;
}

export interface HitEvents {
  readonly events: readonly ImportedEvent[];
  readonly rejects: readonly HitReject[];
  /** Items for which no rule holds: they are no events. */
  readonly left: number;
}

export interface HitReject {
  /** The item, from 1. */
  readonly row: number;
  readonly faults: readonly Fault[];
  /** The item as it was read. */
  readonly raw: string;
}

export const itemsMax = 500;

/** @param now Unix ms */
export function eventsOfHit(
  hit: MappedHit,
  mapping: Mapping,
  settings: ImportSettings,
  now: number,
): HitEvents {
  if (hit.body === null) return wholly("hit_unreadable", hit);
  const items = itemsOf(hit, mapping);
  if (items.length > itemsMax) return wholly("hit_too_many_items", hit);
  const checks = checksOf(hit, settings, now);
  const rules = wholeRules(mapping.backend_events);
  const events: ImportedEvent[] = [];
  const rejects: HitReject[] = [];
  let left = 0;
  for (const [index, item] of items.entries()) {
    const rule = rules.find(({ when }) => holds(when, hit, item));
    if (rule === undefined) {
      left += 1;
      continue;
    }
    const event = checks.read(cellsOf({ rule, hit, item, settings, offset: mapping.offset }));
    const row = index + 1;
    if (event === undefined) rejects.push({ row, faults: [...checks.faults], raw: rawOf(item) });
    else events.push({ ...event, event_id: eventIdOf(hit, index), row });
  }
  return { events, rejects, left };
}

/** The same hit again is the same events. */
function eventIdOf({ stream_id, hit_id }: MappedHit, index: number): string {
  return hash("sha256", JSON.stringify([streamRef(stream_id), hit_id, index]), "hex");
}

function wholly(code: "hit_unreadable" | "hit_too_many_items", { body }: MappedHit): HitEvents {
  return {
    events: [],
    rejects: [{ row: 1, faults: [{ code, field: undefined }], raw: rawOf(body) }],
    left: 0,
  };
}

function itemsOf({ body }: MappedHit, { items }: Mapping): unknown[] {
  if (items !== undefined) return itemsAt(items, body);
  return Array.isArray(body) ? (body as unknown[]) : [body];
}

/** A zone that is ahead has its day already. */
function checksOf({ date }: MappedHit, settings: ImportSettings, now: number): RowChecks {
  const today = calendarOf(settings.zone)!(now);
  const days = { first: daysBefore(today, settings.max_age_days), last: date > today ? date : today };
  return openRowChecks(settings, days, settings.number_format ?? "dot");
}

function holds(when: EventRule["when"], hit: Read, item: unknown): boolean {
  return Object.entries(when).every(([path, texts]) => {
    const found = valueAt(parsePath(path)!, hit, item);
    return found !== undefined && [texts].flat().includes(found);
  });
}

interface Item {
  readonly rule: EventRule;
  readonly hit: MappedHit;
  readonly item: unknown;
  readonly settings: ImportSettings;
  readonly offset: string;
}

function cellsOf({ rule, hit, item, settings, offset }: Item): Cells {
  const scalar = (cell: string | undefined) => {
    if (cell === undefined) return undefined;
    return cell.startsWith("=") ? cell.slice(1) : scalarAt(parsePath(cell)!, hit, item);
  };
  const text = (cell: string | undefined) => String(scalar(cell) ?? "");
  const value = scalar(rule.value);
  return [
    dayOf(text(rule.date), hit, offset),
    text(rule.ev),
    text(rule.reference_ev),
    text(rule.reference_id),
    // A number of JSON has a dot, whatever texts have.
    typeof value === "number" && settings.number_format === "comma"
      ? String(value).replace(".", ",")
      : String(value ?? ""),
  ];
}

/** A day stays as it is written, a time is of the stream's zone; what is none is judged as it stands. */
function dayOf(text: string, { date }: MappedHit, offset: string): string {
  const plain = text.trim();
  if (plain === "") return date;
  if (/^\d{4}-\d\d-\d\d$/.test(plain)) return plain;
  const micros = readTime(plain, offset);
  return micros === undefined ? text : calendarOf(offset)!(Number(micros / 1000n));
}

const rawCharactersMax = 8_192;

function rawOf(item: unknown): string {
  return (JSON.stringify(item) ?? "").slice(0, rawCharactersMax);
}

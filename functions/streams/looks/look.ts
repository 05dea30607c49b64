import { counted } from "../../counted.ts";
import { streamRef } from "../../stream-ref.ts";
import type { Value, Warehouse } from "../../warehouse.ts";
import { parsePath } from "../records/path.ts";
import type { Stream } from "../stream.ts";
import { readTime } from "../records/times.ts";
import { type Hit, itemsAt, valueAt } from "../records/value.ts";

/** What the last hits of a stream say of its key, updated and items: a view cannot count
 *  what it could not read. */
export interface Look {
  /** Unix ms: when it was looked. */
  readonly at: number;
  /** `YYYY-MM-DD`: rows of earlier days were not looked at. */
  readonly since: string;
  /** Whether their size cut them to fewer than the last 1,000. */
  readonly truncated: boolean;
  /** Different ones; `tests` and `repeats` beside them. */
  readonly hits: number;
  readonly tests: number;
  readonly repeats: number;
  readonly with_fields: number;
  /** Hits, or items where the stream names them; all below are of these. */
  readonly records: number;
  readonly with_key?: number;
  readonly with_time?: number;
  /** Hits whose list of items was found. */
  readonly with_items?: number;
  /** One of each kind that failed. */
  readonly examples: readonly { readonly lacks: Lack; readonly hit_id: string; readonly found?: string }[];
}

export const lacks = ["fields", "items", "key", "time"] as const;
type Lack = (typeof lacks)[number];

const lookedHitsMax = 1_000;
const lookedDays = 7;
const dayMs = 86_400_000;
const columns = ["hit_id", "is_test", "fields", "headers"];

interface Row extends Hit {
  readonly hit_id: string;
  readonly isTest: boolean;
}

/** Reads the last 1,000 rows of the last 7 days: that is all it costs, however large the table is.
 *  @throws table_missing, dataset_missing, table_forbidden, warehouse_down */
export async function lookAtHits(
  warehouse: Pick<Warehouse, "describe" | "selectSome">,
  stream: Stream,
  now: number,
): Promise<Look> {
  // A day more than it is at the stream's offset.
  const since = new Date(now - lookedDays * dayMs).toISOString().slice(0, 10);
  const table = await warehouse.describe(stream.table);
  const there = new Set(table?.columns.map(({ name }) => name.toLowerCase()));
  const shown = columns.filter((name) => there.has(name));
  const empty = { rows: [], truncated: false };
  const { rows, truncated } =
    table === undefined
      ? empty
      : await warehouse.selectSome({
          from: stream.table,
          columns: shown,
          where: [
            { column: "date", is: ">=", value: since },
            ...(there.has("stream_ref")
              ? [{ column: "stream_ref", is: "=" as const, value: streamRef(stream.id) }]
              : []),
          ],
          orderBy: [{ column: "received_at", descending: true }],
          limit: lookedHitsMax,
        });
  return { at: now, since, truncated, ...countHits(stream, rows.map(readRow)) };
}

function readRow(row: Readonly<Record<string, Value>>): Row {
  const json = (name: string): unknown => JSON.parse(String(row[name] ?? "null"));
  return {
    hit_id: String(row["hit_id"]),
    isTest: row["is_test"] === true,
    body: json("fields"),
    headers: json("headers"),
  };
}

function countHits(stream: Stream, rows: readonly Row[]): Omit<Look, "at" | "since" | "truncated"> {
  const hits = [...new Map(rows.map((row) => [row.hit_id, row])).values()];
  const examples = new Map<Lack, Look["examples"][number]>();
  const fails = (lack: Lack, { hit_id }: Row, found?: string) => {
    if (!examples.has(lack))
      examples.set(lack, { lacks: lack, hit_id, ...(found !== undefined && { found: found.slice(0, 80) }) });
  };
  const counts = { records: 0, with_fields: 0, with_key: 0, with_time: 0, with_items: 0 };
  for (const hit of hits) {
    if (hit.body === null) fails("fields", hit);
    else counts.with_fields += 1;
    const items = stream.items === undefined ? [hit.body] : itemsAt(stream.items, hit.body);
    if (items.length === 0) fails("items", hit);
    else counts.with_items += 1;
    for (const item of items) {
      counts.records += 1;
      if (hasKey(stream, hit, item)) counts.with_key += 1;
      else fails("key", hit);
      const time = timeOf(stream, hit, item);
      if (time !== undefined && readTime(time, stream.offset) !== undefined) counts.with_time += 1;
      else fails("time", hit, time);
    }
  }
  const { key, updated, items } = stream;
  const asked: Record<Lack, boolean> = {
    fields: true,
    items: items !== undefined,
    key: key !== undefined,
    time: updated !== undefined,
  };
  return {
    hits: hits.length,
    tests: hits.filter(({ isTest }) => isTest).length,
    repeats: rows.length - hits.length,
    with_fields: counts.with_fields,
    records: counts.records,
    ...(asked.key && { with_key: counts.with_key }),
    ...(asked.time && { with_time: counts.with_time }),
    ...(asked.items && { with_items: counts.with_items }),
    examples: [...examples.values()].filter(({ lacks }) => asked[lacks]),
  };
}

/** As the views decide: every part, and none of them text that was none. */
export function hasKey({ key = [] }: Stream, hit: Hit, item: unknown): boolean {
  return [key].flat().every((text) => {
    const value = valueAt(parsePath(text)!, hit, item) ?? "";
    return value !== "" && !value.includes("\uFFFD");
  });
}

export function timeOf({ updated }: Stream, hit: Hit, item: unknown): string | undefined {
  return updated === undefined ? undefined : valueAt(parsePath(updated)!, hit, item);
}

/** For those who may not see payloads: which hits failed, and nothing of what they hold. */
export function withoutFound<View extends { hits?: Look }>(view: View): View {
  const { hits } = view;
  if (hits === undefined) return view;
  return { ...view, hits: { ...hits, examples: hits.examples.map(({ found: _found, ...one }) => one) } };
}

/** In percent: fewer records than that in order are a mistake of the stream rather than of a sender. */
const enough = 95;

/** Sentences of what a person should look at; none of a stream that nothing was sent to. */
export function warningsOf({ updated, key, items }: Stream, look: Look): string[] {
  const { hits, records, with_key, with_time, with_items } = look;
  const tooFew = (count: number | undefined, all: number) =>
    count !== undefined && count * 100 < all * enough;
  return [
    ...(tooFew(with_items, hits)
      ? [
          `The list in items (${JSON.stringify(items)}) is found in ${with_items} of the last ${counted(hits, "hit")}; each of the others is one record without an item.`,
        ]
      : []),
    ...(tooFew(with_key, records)
      ? [
          `The key ${JSON.stringify(key)} names ${with_key} of the last ${counted(records, "record")}; each of the others is a record of its own in TABLE_current.`,
        ]
      : []),
    ...(tooFew(with_time, records)
      ? [
          `The time in updated (${JSON.stringify(updated)}) can be read in ${with_time} of the last ${counted(records, "record")}; the others are ordered by received_at.`,
        ]
      : []),
  ];
}

/** What was kept may have been written by hand, or by an earlier version. */
export function isLook(value: unknown): value is Look {
  const look = Object(value) as Partial<Record<keyof Look, unknown>>;
  const isCount = (count: unknown) => Number.isSafeInteger(count) && Number(count) >= 0;
  const { with_key = 0, with_time = 0, with_items = 0 } = look;
  const { at, hits, tests, repeats, with_fields, records } = look;
  const counts = [at, hits, tests, repeats, with_fields, records, with_key, with_time, with_items];
  return (
    counts.every(isCount) &&
    typeof look.since === "string" &&
    typeof look.truncated === "boolean" &&
    Array.isArray(look.examples) &&
    look.examples.every(isExample)
  );
}

function isExample(value: unknown): boolean {
  const example = Object(value) as Record<string, unknown>;
  const { lacks: lack, hit_id, found = "" } = example;
  return lacks.some((known) => known === lack) && typeof hit_id === "string" && typeof found === "string";
}

import { dayKey, dayOf, only, rowsMax, selectMade } from "../activity/days.ts";
import { writeDeadlineMs } from "../activity/read.ts";
import { activityTable } from "../activity/tables.ts";
import type { LetterPorts } from "../letters/store.ts";
import { waitingByStream } from "../letters/waiting.ts";
import type { Who } from "../people/who.ts";
import { streamRef } from "../stream-ref.ts";
import type { Reading } from "../streams/reading.ts";
import { type Clock, clockOf, dayOfDate } from "./clock.ts";
import { delayMaxMs, judge, latelyMs, type Seen, type Verdict } from "./judge.ts";
import { type Learned, type LearnPorts, openLearned } from "./kept.ts";
import { sentenceOf } from "./sentence.ts";
import { type HealthSettings, type Usual, usualOf } from "./usual.ts";

/** Does a stream's data come as usual? Told from the counters of today and what was learned of the days
 *  before: no stream's own table is read. */

export interface StreamHealth {
  readonly stream_ref: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  /** Unix ms. */
  readonly last_hit_at?: number;
  /** What is usual, where the document says what a day is. */
  readonly usual?: Usual;
}

export interface HealthPorts extends LearnPorts, LetterPorts {
  /** Where deliver runs in this very process: writes what it has counted. */
  readonly writeActivity?: (deadlineMs: number) => Promise<void>;
}

export interface Health {
  /** In the order of the readings.
   *  @param options.watchedSince Unix ms: no silence began earlier, since nobody took hits before
   *  @throws warehouse_down, table_forbidden, documents_down */
  look(
    readings: readonly Reading[],
    who: Pick<Who, "seesPayloads">,
    options?: { watchedSince?: number },
  ): Promise<StreamHealth[]>;
  /** The check does so, and no look. */
  readonly learn: Learned["learn"];
}

export function createHealth(ports: HealthPorts): Health {
  const learned = openLearned(ports);
  const usuals = new Map<string, { of: string; usual: Usual }>();

  function usualNow(ref: string, clock: Clock, offset: string, settings: HealthSettings): Usual {
    const of = JSON.stringify([learned.version, offset, settings.odd_days]);
    const known = usuals.get(ref);
    if (known?.of === of) return known.usual;
    const odd = new Set((settings.odd_days ?? []).map(dayOfDate));
    const usual = usualOf(clock, learned.daysOf(ref), (day) => odd.has(day));
    if (usuals.size >= usualsMax) usuals.clear();
    usuals.set(ref, { of, usual });
    return usual;
  }

  return {
    async look(readings, who, { watchedSince } = {}) {
      if (readings.length === 0) return [];
      await ports.writeActivity?.(writeDeadlineMs);
      const now = ports.now();
      const [counted, lately, waiting] = await Promise.all([
        countedOf(ports, readings, now),
        latelyOf(ports, readings, now),
        waitingByStream(ports, who),
        learned.refresh(),
      ]);
      return readings.map((reading): StreamHealth => {
        const ref = streamRef(reading.id);
        // Hits of such a stream become dead letters: it fails with the first one at the latest.
        if (reading.lookup.kind !== "valid") {
          const verdict: Verdict = { badge: "failing", why: "invalid", problems: reading.lookup.problems };
          return { stream_ref: ref, verdict, sentence: sentenceOf(verdict, { clock: clockOf("UTC"), now }) };
        }
        const { offset, state, watch: settings = {} } = reading.lookup.stream;
        const clock = clockOf(offset);
        const usual = usualNow(ref, clock, offset, settings);
        const today = counted.get(dayKey(ref, dayOf(reading, now)));
        const lastAt = counted.get(ref)?.lastAt ?? usual.last;
        const seen: Seen = {
          state: reading.removed ? "closed" : state,
          today: today?.hits ?? 0,
          lastAt,
          lately: lately.get(ref) ?? nothing,
          waiting: waiting.get(ref),
          watchedSince,
        };
        const verdict = judge(clock, usual, seen, { settings, now });
        return {
          stream_ref: ref,
          verdict,
          sentence: sentenceOf(verdict, { clock, now }),
          ...(lastAt !== undefined && { last_hit_at: lastAt }),
          usual,
        };
      });
    },
    learn: learned.learn,
  };
}

/** More streams than that are judged anew each time. */
const usualsMax = 5_000;
const nothing: Seen["lately"] = { hits: 0, refused: 0, late: 0 };

interface DayCount {
  hits: number;
  lastAt: number;
}

/** Hits of today and yesterday by `dayKey`, and of both by stream where there were any. */
async function countedOf(
  { warehouse, productDataset }: HealthPorts,
  readings: readonly Reading[],
  now: number,
): Promise<Map<string, DayCount>> {
  const found = await selectMade(warehouse, {
    from: activityTable(productDataset),
    columns: ["stream_ref", "date"],
    measures: { hits: { is: "sum", column: "hits" }, last_at: { is: "max", column: "last_at" } },
    where: [{ column: "date", is: "in", value: daysAround(readings, now) }, ...only(refsOf(readings))],
    limit: rowsMax,
  });
  const counted = new Map<string, DayCount>();
  for (const row of found) {
    const hits = Number(row["hits"] ?? 0);
    if (hits === 0) continue;
    const one = { hits, lastAt: Number(row["last_at"]) };
    counted.set(dayKey(row["stream_ref"], row["date"]), one);
    const ref = String(row["stream_ref"]);
    const before = counted.get(ref);
    counted.set(ref, {
      hits: hits + (before?.hits ?? 0),
      lastAt: Math.max(one.lastAt, before?.lastAt ?? 0),
    });
  }
  return counted;
}

/** What was written in the last 15 minutes, by stream. */
async function latelyOf(
  { warehouse, productDataset }: HealthPorts,
  readings: readonly Reading[],
  now: number,
): Promise<Map<string, Seen["lately"]>> {
  const found = await selectMade(warehouse, {
    from: activityTable(productDataset),
    columns: ["stream_ref", "hits", "refused", "refused_reason", "delay_p95_ms"],
    where: [
      { column: "date", is: "in", value: daysAround(readings, now) },
      { column: "at", is: ">=", value: now - latelyMs },
      ...only(refsOf(readings)),
    ],
    limit: rowsMax,
  });
  const sums = new Map<string, { hits: number; late: number; reasons: Map<string, number> }>();
  for (const row of found) {
    const ref = String(row["stream_ref"]);
    const sum = sums.get(ref) ?? { hits: 0, late: 0, reasons: new Map<string, number>() };
    const hits = Number(row["hits"] ?? 0);
    sum.hits += hits;
    if (Number(row["delay_p95_ms"] ?? 0) > delayMaxMs) sum.late += hits;
    const reason = row["refused_reason"];
    if (typeof reason === "string")
      sum.reasons.set(reason, (sum.reasons.get(reason) ?? 0) + Number(row["refused"] ?? 0));
    sums.set(ref, sum);
  }
  return new Map(
    [...sums].map(([ref, { hits, late, reasons }]) => {
      const most = [...reasons].sort(([, one], [, other]) => other - one)[0]?.[0];
      const refused = [...reasons.values()].reduce((all, one) => all + one, 0);
      return [ref, { hits, late, refused, reason: most }];
    }),
  );
}

const refsOf = (readings: readonly Reading[]): string[] => readings.map(({ id }) => streamRef(id));

/** Of all zones that there are here. */
function daysAround(readings: readonly Reading[], now: number): string[] {
  const days = readings.flatMap((reading) => [dayOf(reading, now), dayOf(reading, now - 86_400_000)]);
  return [...new Set(days)].sort();
}

import { describe, expect, test } from "@jest/globals";
import { clockOf, dayMs, dayOfDate, hourMs } from "../../functions/health/clock.ts";
import { type Incident, step } from "../../functions/health/incident.ts";
import { judge, type Seen } from "../../functions/health/judge.ts";
import { learnDay, type LearnedDay } from "../../functions/health/learned.ts";
import { sentenceOf } from "../../functions/health/sentence.ts";
import { type HealthSettings, usualOf } from "../../functions/health/usual.ts";
import { kinds, live } from "./traffic.ts";

/** Four weeks before Friday, 27 November 2026, with so many hits at the begin of these hours of each day. */
function weeks(offset: string, hitsAt: (hour: number, weekday: number) => number, odd: number[] = []) {
  const clock = clockOf(offset);
  const known: LearnedDay[] = [];
  const friday = dayOfDate("2026-11-27");
  for (let day = friday - 29; day < friday; day += 1) {
    const rows = [];
    for (let at = day * dayMs - 15 * hourMs; at < (day + 2) * dayMs; at += 10 * 60_000) {
      const local = clock(at);
      const hits = hitsAt(local.hour, local.weekday) / 6;
      if (local.day === day && hits > 0) rows.push({ minute: at, hits, lastAt: at + 30_000, minutes: 1 });
    }
    known.push(learnDay(clock, day, rows, known.at(-1)?.last));
  }
  return { clock, known, usual: usualOf(clock, known, (day) => odd.includes(day)) };
}

const calm: Seen = { state: "active", today: 0, lately: { hits: 0, refused: 0, late: 0 } };
const at = (time: string) => Date.parse(`2026-11-27T${time}:00Z`);
const always = weeks("UTC", () => 60);

function verdict(seen: Partial<Seen>, time: string, settings: HealthSettings = {}, of = always) {
  const now = at(time);
  return judge(of.clock, of.usual, { ...calm, ...seen }, { settings, now });
}

describe("the first badge that is true", () => {
  const bad = { count: 2, detail: "The dataset is missing. Make it." };
  test.each<[string, Partial<Seen>, string]>([
    ["paused, whatever else is", { state: "paused", waiting: bad }, "paused"],
    ["closed", { state: "closed" }, "closed"],
    ["failing with a dead letter", { waiting: bad, lastAt: at("01:00") }, "failing"],
    ["failing past 5 % of 20", { lately: { hits: 18, refused: 2, late: 0 } }, "failing"],
    ["not of 19", { lately: { hits: 17, refused: 2, late: 0 }, today: 720 }, "healthy"],
    ["not at 5 %", { lately: { hits: 19, refused: 1, late: 0 }, today: 720 }, "healthy"],
    ["failing by late rows", { lately: { hits: 18, refused: 0, late: 1 } }, "failing"],
    ["silent past an hour", { lastAt: at("11:00"), today: 660 }, "silent"],
    ["not before", { lastAt: at("11:01"), today: 660 }, "healthy"],
    ["low below half of the lowest", { today: 200 }, "low"],
    ["not at half of it", { today: 330 }, "healthy"],
    ["high above twice the highest", { today: 1_600 }, "high"],
  ])("%s", (_, seen, badge) => {
    expect(verdict({ lastAt: at("11:59"), ...seen }, "12:00").badge).toBe(badge);
  });

  test("new without any hit, and healthy while two weeks are not known", () => {
    const clock = clockOf("UTC");
    const nothing = usualOf(clock, [], () => false);
    expect(judge(clock, nothing, calm, { now: at("12:00") })).toEqual({ badge: "new" });
    const first = { ...calm, today: 3, lastAt: at("11:00") };
    expect(judge(clock, nothing, first, { now: at("12:00") })).toEqual({
      badge: "healthy",
      today: 3,
      learning: 0,
    });
    const old = { ...first, lastAt: at("11:00") - 73 * hourMs };
    expect(judge(clock, nothing, old, { now: at("12:00") }).badge).toBe("silent");
  });
});

describe("silence", () => {
  const office = weeks("Europe/Kyiv", (hour, weekday) =>
    weekday % 6 !== 0 && hour >= 9 && hour < 18 ? 30 : 0,
  );

  test("nights and weekends count for nothing, and the next working hour does", () => {
    // 15:50Z is 17:50 in Kyiv; on Saturday nothing comes, on Monday from 9:00 (07:00Z) on.
    const lastAt = at("15:50");
    const later = (hours: number) =>
      judge(office.clock, office.usual, { ...calm, lastAt }, { now: lastAt + hours * hourMs }).badge;
    expect(later(14)).not.toBe("silent");
    expect(later(63)).not.toBe("silent");
    expect(later(64.2)).toBe("silent");
  });

  test("a person's hours hold instead of what is usual, and quiet hours and odd days are left out", () => {
    const lastAt = at("02:00");
    const set = { silent_after_hours: 3 };
    expect(verdict({ lastAt, today: 300 }, "04:59", set).badge).toBe("healthy");
    expect(verdict({ lastAt, today: 300 }, "05:00", set)).toMatchObject({ badge: "silent", isSet: true });
    const night = { ...set, quiet_hours: "22:00-04:30" };
    expect(verdict({ lastAt, today: 500 }, "07:29", night).badge).toBe("healthy");
    expect(verdict({ lastAt, today: 500 }, "07:30", night).badge).toBe("silent");
    const odd = { ...set, odd_days: ["2026-11-27"] };
    expect(verdict({ lastAt, today: 500 }, "23:00", odd).badge).toBe("healthy");
  });

  test("no silence began before somebody looked", () => {
    const seen = { lastAt: at("03:00"), today: 700, watchedSince: at("11:30") };
    expect(verdict(seen, "12:00").badge).toBe("healthy");
    expect(verdict(seen, "12:30").badge).toBe("silent");
  });

  test("it is still one after weeks, however long nothing was learned", () => {
    for (const days of [3, 10, 40, 100])
      expect(judge(always.clock, always.usual, calm, { now: at("12:00") + days * dayMs }).badge).toBe(
        "silent",
      );
  });
});

test("an odd day is compared with nothing, and nothing is learned of it", () => {
  const friday = dayOfDate("2026-11-27");
  const { clock, known, usual } = weeks("UTC", () => 60, [friday - 7]);
  expect(usual.same[5]).toHaveLength(3);
  const settings = { odd_days: ["2026-11-27"] };
  const seen = { ...calm, today: 1, lastAt: at("11:59") };
  expect(judge(clock, usual, seen, { settings, now: at("12:00") }).badge).toBe("healthy");
  expect(
    judge(
      clock,
      usualOf(clock, known, () => false),
      seen,
      { now: at("12:00") },
    ).badge,
  ).toBe("low");
});

test.each(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "+03:00"])(
  "in %s each day of a year has its hours, in their order, and 8,760 are in all",
  (offset) => {
    const clock = clockOf(offset);
    const begin = Date.parse("2026-01-01T00:00:00Z");
    const hours = new Map<number, number>();
    for (let now = begin; now < begin + 365 * dayMs; now += hourMs / 2) {
      const { day } = clock(now);
      hours.set(day, (hours.get(day) ?? 0) + 0.5);
    }
    const whole = [...hours.values()].slice(1, -1);
    expect(Math.min(...whole)).toBeGreaterThanOrEqual(23);
    expect(Math.max(...whole)).toBeLessThanOrEqual(25);
    expect(whole.filter((count) => count === 24).length).toBeGreaterThan(360);
  },
);

test("the sentences say what is seen and what is usual", () => {
  const now = at("12:00");
  const text = (seen: Partial<Seen>, settings?: HealthSettings) =>
    sentenceOf(verdict({ lastAt: at("11:59"), ...seen }, "12:00", settings), { clock: always.clock, now });
  expect(text({ today: 740 })).toBe("740 hits by 12:00; on the last four Fridays 660 to 780 by this hour.");
  expect(text({ lastAt: at("08:50"), today: 700 })).toBe(
    "No hit since Fri 27 Nov 08:50, for 3 h 10 min; usually none is missing for 1 h.",
  );
  expect(text({ waiting: { count: 3, detail: "The dataset `a` does not exist. Make it." } })).toBe(
    "3 hits wait for somebody: the dataset `a` does not exist.",
  );
  expect(text({ lately: { hits: 80, refused: 20, late: 0, reason: "too_large" } })).toBe(
    "20 of 100 requests of the last 15 minutes were refused, most as too_large.",
  );
  expect(text({ lately: { hits: 80, refused: 0, late: 20 } })).toContain("20 of 80 hits");
});

describe("an incident", () => {
  const minute = 60_000;
  /** One check every 5 minutes. */
  function checks(badges: string[]) {
    let incident: Incident | undefined;
    return badges.map((badge, index) => {
      const verdict = { badge } as Parameters<typeof step>[1];
      // A silence ends with a hit.
      const lastAt = badge === "silent" ? 1 : index + 2;
      const done = step(incident, verdict, { at: index * 5 * minute, lastAt });
      incident = done.incident;
      return done.tell;
    });
  }
  const one = (badge: string, count: number) => Array.from({ length: count }, () => badge);

  test("is told once after 10 minutes, and once when it is over for 10", () => {
    const told = checks([...one("silent", 9), ...one("healthy", 6)]);
    expect(told.map((tell, index) => [index, tell]).filter(([, tell]) => tell !== undefined)).toEqual([
      [2, "opened"],
      [11, "over"],
    ]);
  });

  test("is not told where it passes earlier, and not told twice where it comes back within 10 minutes", () => {
    expect(checks(["failing", "failing", ...one("healthy", 5)]).filter(Boolean)).toEqual([]);
    expect(checks([...one("failing", 5), "healthy", ...one("failing", 5)]).filter(Boolean)).toEqual([
      "opened",
    ]);
  });

  test("a graver one is told anew, a lesser one belongs to it", () => {
    expect(checks([...one("low", 4), ...one("silent", 4)]).filter(Boolean)).toEqual(["opened", "opened"]);
    expect(checks([...one("silent", 4), ...one("low", 20)]).filter(Boolean)).toEqual(["opened"]);
  });

  test("a silence is not over because a quiet hour begins", () => {
    const silent = step(undefined, { badge: "silent" }, { at: 0, lastAt: 1 }).incident;
    expect(step(silent, { badge: "healthy" }, { at: 10 * minute, lastAt: 1 }).tell).toBe("opened");
    expect(step(silent, { badge: "healthy" }, { at: 10 * minute, lastAt: 2 }).incident).toBeUndefined();
  });
});

// All of them, over years: node bench/health.ts
test.each(kinds.filter(({ name }) => /^(always, 8|20 at 5)/.test(name)))(
  "$name: a quarter has one false alarm at most, and silences are noticed in time",
  (kind) => {
    const quiet = live(kind, { seed: 1, days: 28 + 91, silences: false });
    expect(Math.max(0, ...quiet.falseAlarms.map((count) => count ?? 0))).toBeLessThanOrEqual(1);
    const { silences } = live(kind, { seed: 2, days: 28 + 70, silences: true });
    expect(silences.length).toBeGreaterThanOrEqual(2);
    for (const { usualMs, silentMs, messageMs } of silences) {
      expect(usualMs).toBeLessThanOrEqual(silentMs + 5 * 60_000);
      expect(messageMs).toBe(10 * 60_000);
    }
  },
);

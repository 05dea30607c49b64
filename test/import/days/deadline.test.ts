import { expect, test } from "@jest/globals";
import { type DayRules, dueAt, isExpected, nextDeadline } from "../../../functions/import/days/deadline.ts";
import { lateText } from "../../../functions/import/days/late.ts";
import { usualFields } from "../../../functions/import/registered/fields.ts";

/** The day before each change of the clocks of 2026, when its data is due, and when that is in UTC. Made by
 *  another program (zoneinfo of Python, the later one of fold 0 and 1). */
const changes = [
  ["Europe/Amsterdam", "2026-03-28", "02:00", "2026-03-29T01:00Z"],
  ["Europe/Amsterdam", "2026-10-24", "02:00", "2026-10-25T01:00Z"],
  ["Europe/London", "2026-03-28", "02:00", "2026-03-29T01:00Z"],
  ["Europe/London", "2026-10-24", "02:00", "2026-10-25T02:00Z"],
  ["Europe/Helsinki", "2026-03-28", "02:00", "2026-03-29T00:00Z"],
  ["Europe/Helsinki", "2026-10-24", "02:00", "2026-10-24T23:00Z"],
  ["America/New_York", "2026-03-07", "02:00", "2026-03-08T07:00Z"],
  ["America/New_York", "2026-10-31", "02:00", "2026-11-01T07:00Z"],
  ["America/St_Johns", "2026-03-07", "02:00", "2026-03-08T05:30Z"],
  ["America/St_Johns", "2026-10-31", "02:00", "2026-11-01T05:30Z"],
  ["America/Santiago", "2026-04-03", "02:00", "2026-04-04T05:00Z"],
  ["America/Santiago", "2026-09-05", "02:00", "2026-09-06T05:00Z"],
  ["America/Santiago", "2026-09-05", "00:30", "2026-09-06T04:30Z"],
  ["America/Havana", "2026-03-07", "00:30", "2026-03-08T05:30Z"],
  ["America/Havana", "2026-10-31", "00:30", "2026-11-01T05:30Z"],
  ["America/Havana", "2026-10-31", "02:00", "2026-11-01T07:00Z"],
  ["Atlantic/Azores", "2026-03-28", "00:30", "2026-03-29T01:30Z"],
  ["Atlantic/Azores", "2026-10-24", "00:30", "2026-10-25T01:30Z"],
  ["Australia/Sydney", "2026-04-04", "02:00", "2026-04-04T16:00Z"],
  ["Australia/Sydney", "2026-10-03", "02:00", "2026-10-03T16:00Z"],
  // Half an hour forward and back.
  ["Australia/Lord_Howe", "2026-04-04", "01:45", "2026-04-04T15:15Z"],
  ["Australia/Lord_Howe", "2026-10-03", "02:15", "2026-10-03T15:45Z"],
  ["Pacific/Auckland", "2026-04-04", "02:00", "2026-04-04T14:00Z"],
  ["Pacific/Auckland", "2026-09-26", "02:00", "2026-09-26T14:00Z"],
  // No change of clocks there.
  ["Asia/Kathmandu", "2026-05-05", "02:00", "2026-05-05T20:15Z"],
  ["+14:00", "2026-05-05", "02:00", "2026-05-05T12:00Z"],
  ["UTC", "2026-12-31", "23:59", "2027-01-01T23:59Z"],
] as const;

test.each(changes)("in %s the data of %s is due at %s, which is %s", (zone, date, due, at) =>
  expect(new Date(dueAt({ zone, due }, date)).toISOString()).toBe(at.replace("Z", ":00.000Z")),
);

test("ten zones and more are tried on both days", () => {
  const zones = new Map<string, Set<string>>();
  for (const [zone, date] of changes) zones.set(zone, (zones.get(zone) ?? new Set()).add(date));
  expect([...zones.values()].filter((dates) => dates.size === 2).length).toBeGreaterThanOrEqual(10);
});

const added_at = Date.parse("2026-11-02T12:00:00Z");
const rules: DayRules = { ...usualFields, zone: "Europe/Amsterdam", added_at };

test("expected are the days of the week that are named, without holidays, from when there is an import", () => {
  const weekdays: DayRules = {
    ...rules,
    expected: ["mon", "tue", "wed", "thu", "fri"],
    holidays: ["2026-11-11"],
  };
  const days = ["2026-11-06", "2026-11-07", "2026-11-08", "2026-11-09", "2026-11-10", "2026-11-11"];
  expect(days.filter((day) => isExpected(weekdays, day))).toEqual(["2026-11-06", "2026-11-09", "2026-11-10"]);
  expect(["2026-10-31", "2026-11-01", "2026-11-02"].map((day) => isExpected(rules, day))).toEqual([
    false,
    false,
    true,
  ]);
});

test.each([
  ["the last minute before it", "2026-11-05T00:59:59Z", "2026-11-04", "2026-11-05T01:00:00.000Z"],
  ["the deadline itself", "2026-11-05T01:00:00Z", "2026-11-05", "2026-11-06T01:00:00.000Z"],
  [
    "an evening before days that nobody expects",
    "2026-11-07T20:00:00Z",
    "2026-11-09",
    "2026-11-10T01:00:00.000Z",
  ],
])("the next deadline at %s", (_name, now, date, due) => {
  const found = nextDeadline({ ...rules, expected: ["mon", "tue", "wed", "thu", "fri"] }, Date.parse(now));
  expect(found && { ...found, due_at: new Date(found.due_at).toISOString() }).toEqual({ date, due_at: due });
});

test("where nothing is expected, nothing is due", () => {
  expect(nextDeadline({ ...rules, expected: [] }, added_at)).toBeUndefined();
});

test.each([
  [0, "less than a minute late"],
  [60_000, "1 min late"],
  [11_400_000, "3 h 10 min late"],
  [7_200_000, "2 h late"],
  [183_600_000, "2 d 3 h late"],
])("%i ms are %s", (ms, says) => expect(lateText(ms)).toBe(says));

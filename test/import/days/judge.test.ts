import { expect, test } from "@jest/globals";
import { type DayRules } from "../../../functions/import/days/deadline.ts";
import { type DayFile, daysInName, judgeDays } from "../../../functions/import/days/judge.ts";
import { usualFields } from "../../../functions/import/registered/fields.ts";

/** The data of Friday, 20 November 2026, is due on Saturday at 02:00 in Amsterdam: 01:00 in UTC. */
const date = "2026-11-20";
const due_at = Date.parse("2026-11-21T01:00:00Z");
const rules: DayRules = { ...usualFields, zone: "Europe/Amsterdam", added_at: 0 };

const at = (text: string) => Date.parse(`2026-11-${text}Z`);
const inTime = at("21T00:30:00");
const tooLate = at("21T04:10:00");

let files = 0;
const file = (arrived_at: number, more: Partial<DayFile> = {}): DayFile => ({
  file_id: `file-${(files += 1)}`,
  name: "export.csv",
  state: "imported",
  arrived_at,
  dates: {},
  isEmpty: false,
  ...more,
});
const withRows = (arrived_at: number, more: Partial<DayFile> = {}) =>
  file(arrived_at, { dates: { [date]: 3 }, ...more });
const empty = (arrived_at: number, more: Partial<DayFile> = {}) =>
  file(arrived_at, { isEmpty: true, ...more });

function dayOf(
  given: readonly DayFile[],
  more: { now?: number; rows?: number; readingSince?: number; rules?: Partial<DayRules>; day?: string } = {},
) {
  const { now = at("21T12:00:00"), rows = 3, day = date, readingSince } = more;
  const found = {
    files: given,
    rows: new Map([[day, rows]]),
    ...(readingSince !== undefined && { readingSince }),
  };
  return judgeDays({ ...rules, ...more.rules }, { first: day, last: day }, found, now)[0]!;
}

test("a day is waited for until its deadline, and is missing from then on", () => {
  expect(dayOf([], { now: due_at - 1, rows: 0 })).toEqual({ date, due_at, rows: 0, state: "waiting" });
  expect(dayOf([], { now: due_at, rows: 0 })).toEqual({ date, due_at, rows: 0, state: "missing" });
});

test("what arrived in time and is still read is waited for past the deadline, what arrived later is not", () => {
  expect(dayOf([], { readingSince: due_at - 1 }).state).toBe("waiting");
  expect(dayOf([], { readingSince: due_at }).state).toBe("missing");
});

test("a file with a row of the day delivers it, by when it arrived", () => {
  const early = withRows(due_at - 1);
  expect(dayOf([early])).toEqual({
    date,
    due_at,
    rows: 3,
    state: "on_time",
    first_arrival: due_at - 1,
    file_id: early.file_id,
  });
  expect(dayOf([withRows(due_at)])).toMatchObject({ state: "late", late_by: 0 });
  expect(dayOf([withRows(tooLate), withRows(tooLate + 5)])).toMatchObject({
    state: "late",
    first_arrival: tooLate,
    late_by: 11_400_000,
  });
});

test("a day that was put right later was there when it first came, as long as some file still has it", () => {
  const first = withRows(inTime, { state: "superseded" });
  expect(dayOf([withRows(tooLate), first])).toMatchObject({ state: "on_time", file_id: first.file_id });
  expect(dayOf([first, file(tooLate, { dates: { "2026-11-19": 1 } })]).state).toBe("missing");
  expect(dayOf([withRows(inTime, { state: "removed" })]).state).toBe("missing");
});

test("an empty file delivers the day that its name has, however it is written", () => {
  for (const name of ["deals_2026-11-20.csv", "in/20261120.csv.gz", "x_20261120T0130.csv"])
    expect(dayOf([empty(inTime, { name })], { rows: 0 })).toMatchObject({ state: "on_time_empty", rows: 0 });
  expect(dayOf([empty(tooLate, { name: "2026-11-20.csv" })], { rows: 0 })).toMatchObject({
    state: "late",
    late_by: 11_400_000,
  });
  expect(dayOf([empty(inTime, { name: "2026-11-19.csv" })], { rows: 0 }).state).toBe("missing");
  expect(dayOf([empty(inTime, { name: "2026-11-20.csv", state: "duplicate" })], { rows: 0 }).state).toBe(
    "on_time_empty",
  );
});

test("without a day in its name an empty file is for the day before, from midnight until the deadline", () => {
  for (const [arrived, state] of [
    ["20T22:59:59", "missing"],
    ["20T23:00:00", "on_time_empty"],
    ["21T00:59:59", "on_time_empty"],
    ["21T01:00:00", "missing"],
  ] as const)
    expect([arrived, dayOf([empty(at(arrived))], { rows: 0 }).state]).toEqual([arrived, state]);
});

test("rows that came late are late, though an empty file came in time; rows that were taken back were there", () => {
  expect(dayOf([empty(inTime), withRows(tooLate)]).state).toBe("late");
  const named = { name: "2026-11-20.csv" };
  const back = [withRows(inTime, { ...named, state: "superseded" as const }), empty(tooLate, named)];
  expect(dayOf(back, { rows: 0 })).toMatchObject({ state: "on_time_empty", first_arrival: inTime });
});

test("a file that failed tells at once, also before the deadline, until another one delivers the day", () => {
  const failed = file(inTime, { state: "failed", name: "2026-11-20.csv" });
  expect(dayOf([failed], { now: inTime, rows: 0 })).toEqual({
    date,
    due_at,
    rows: 0,
    state: "failed_file",
    file_id: failed.file_id,
  });
  expect(dayOf([failed, withRows(inTime + 1)]).state).toBe("on_time");
  // Without a day in its name it is for the day before; one that waits for a person is for its days.
  expect(dayOf([file(tooLate, { state: "failed" })]).state).toBe("failed_file");
  expect(dayOf([file(at("22T04:00:00"), { state: "failed" })]).state).toBe("missing");
  expect(dayOf([withRows(at("24T04:00:00"), { state: "waiting" })]).state).toBe("failed_file");
});

test("the same bytes again deliver nothing where the file with these rows does not hold them any more", () => {
  expect(dayOf([file(inTime, { state: "duplicate", name: "2026-11-20.csv" })]).state).toBe("missing");
});

test("with a minimum, a day is delivered once it has so many rows, by the file that brought them", () => {
  const given = [withRows(inTime), withRows(tooLate)];
  expect(dayOf(given, { rows: 6, rules: { rows_min: 3 } })).toMatchObject({ state: "on_time" });
  expect(dayOf(given, { rows: 6, rules: { rows_min: 4 } })).toMatchObject({
    state: "late",
    first_arrival: tooLate,
  });
  // The second file repeats what the first one has.
  expect(dayOf(given, { rows: 3, rules: { rows_min: 4 } })).toMatchObject({ state: "missing", rows: 3 });
  expect(dayOf([empty(inTime)], { rows: 0, rules: { rows_min: 1 } }).state).toBe("missing");
});

test("a day that nobody expects is never late, and says what came all the same", () => {
  for (const more of [{ expected: ["mon" as const] }, { holidays: [date] }, { added_at: due_at }])
    expect(dayOf([withRows(tooLate)], { rules: more })).toEqual(
      expect.objectContaining({ state: "not_expected", rows: 3, first_arrival: tooLate }),
    );
  expect(dayOf([withRows(tooLate)], { rules: { holidays: [date] } })).not.toHaveProperty("late_by");
});

test.each([
  ["a_2026-11-20_2026-11-21.csv", ["2026-11-20", "2026-11-21"]],
  ["20261120013000.csv", []],
  ["2026-1120.csv", []],
  ["2026-02-30.csv", []],
  ["12026-11-20.csv", []],
  ["2026-11-20/20261120.csv", ["2026-11-20"]],
])("the name %s has the days %j", (name, days) => expect(daysInName(name)).toEqual(days));

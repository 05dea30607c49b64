import { expect, test } from "@jest/globals";
import { checkActivity } from "../../functions/activity/check.ts";
import { readActivity } from "../../functions/activity/read.ts";
import { activity, activityDays } from "../../functions/activity/tables.ts";
import { readAll } from "../../functions/streams/reading.ts";
import type { Selection } from "../../functions/warehouse.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

/** What a look reads, as BigQuery bills it: each column that a statement names, for each row of
 *  the days that it names. */

const streams = 500;
/** 500 streams that are active in every minute, counted by one instance: it writes every ten minutes. */
const rowsADay = streams * 144;
const now = Date.parse("2026-11-27T23:59:00Z");
/** Of a value that is there: a text has two bytes beside its letters. */
const bytesOf = {
  stream_ref: 14,
  date: 8,
  refused_reason: 0,
  tests: 0,
  refused: 0,
  dead_letters: 0,
} as const;

async function statementsOf(work: "look" | "check", streams: number): Promise<Selection[]> {
  const warehouse = memoryWarehouse();
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  const asked: Selection[] = [];
  const select = async (selection: Selection) => {
    asked.push(selection);
    return [];
  };
  const readings = readAll(
    Array.from({ length: streams }, (_, n) => ({
      id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
      document: { table: `shop.t${n}`, offset: n % 2 === 0 ? "UTC" : "-05:00" },
      version: "1",
    })),
    { defaultDataset: "d" },
  );
  const ports = { warehouse: { ...warehouse, select }, productDataset: "afterclick", now: () => now };
  if (work === "look") await readActivity(ports, readings);
  else
    await checkActivity({ ...ports, log: () => undefined }, readings, { timeMs: Infinity, tablesAtOnce: 8 });
  return asked;
}

/** Nothing but what is rare is free: a column that is NULL in nearly every row. */
function bytesRead({ from, columns, measures = {}, where = [] }: Selection): number {
  const measured = Object.values(measures).flatMap((one) => (one.is === "count" ? [] : [one.column]));
  const spec = from.table === "activity" ? activity : activityDays;
  const shown = columns ?? spec.columns.map(({ name }) => name);
  const named = new Set([...shown, ...measured, ...where.map(({ column }) => column)]);
  const row = [...named].reduce((sum, name) => sum + ((bytesOf as Record<string, number>)[name] ?? 8), 0);
  const dates = where.filter(({ column }) => column === "date");
  expect(dates).toHaveLength(1);
  const [{ is, value }] = dates as [(typeof dates)[number]];
  // From a day on: up to today, or to the day that has begun east of it.
  const days =
    is === "in" ? value.length : Math.ceil((now - Date.parse(`${String(value)}T00:00:00Z`)) / 86_400_000) + 1;
  return days * row * (from.table === "activity" ? rowsADay : 2 * streams);
}

test("a look at 500 streams that are always active reads at most 20 MB, whatever their zones", async () => {
  const asked = await statementsOf("look", streams);
  expect(asked.map(({ from }) => from.table).sort()).toEqual(["activity", "activity", "activity_days"]);
  const bytes = asked.map(bytesRead).reduce((sum, each) => sum + each, 0);
  expect(bytes).toBeGreaterThan(5_000_000);
  expect(bytes).toBeLessThan(20_000_000);
});

test.each([
  [1, 1],
  [50, 50],
  // They are nearly all there are: naming them would only make the statement longer.
  [500, undefined],
])(
  "a look at %s streams reads the rows of these alone, and no column that nobody shows",
  async (shown, named) => {
    for (const { columns, where = [] } of await statementsOf("look", shown)) {
      const refs = where.filter(({ column }) => column === "stream_ref").map(({ value }) => value);
      expect(refs.map((value) => [value].flat().length)).toEqual(named === undefined ? [] : [named]);
      expect(columns).not.toContain("bytes");
      expect(columns).toBeDefined();
    }
  },
);

test("the nightly check names its days in every statement", async () => {
  for (const { where = [] } of await statementsOf("check", streams))
    expect(where.map(({ column }) => column)).toContain("date");
});

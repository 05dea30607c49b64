import { expect, test } from "@jest/globals";
import { firstAskedSeconds, lastAskedSeconds } from "../../../../functions/streams/records/times.ts";
import { duckdbSql } from "../../../../infra/local/warehouse/dialect.ts";
import { withWarehouse } from "../setup.ts";

const years = [
  1, 1500, 1850, 1900, 1945, 1970, 1990, 2010, 2025, 2026, 2027, 2030, 2037, 2050, 2087, 2088, 9999,
];
/** The middle of each month, and of the present each turn of the month at noon. */
const moments = [
  ...years.flatMap((year) => months((month) => utc(year, month, 15))),
  ...[2025, 2026, 2027].flatMap((year) => months((month) => utc(year, month, 1))),
].map((seconds) => Math.min(Math.max(seconds, firstAskedSeconds), lastAskedSeconds));

test("the clock of every zone stands on one machine where Node says that it stands, in every year", async () => {
  await withWarehouse(async (warehouse) => {
    const ask = { rowsMax: 10_000, deadlineMs: 60_000 };
    const { rows: names } = await warehouse.query("select name from pg_timezone_names()", ask);
    const zones = [
      ...new Set([...Intl.supportedValuesOf("timeZone"), ...names.map(([name]) => String(name))]),
    ].filter(isKnown);
    expect(zones.length).toBeGreaterThan(400);
    expect(zones).toContain("Canada/Pacific");
    const differing: unknown[] = [];
    for (const zone of zones) {
      const { rows } = await warehouse.query(
        `select cast(epoch(${duckdbSql.wall("s", zone)}) as bigint) - s from (select unnest([${moments}]::bigint[]) as s)`,
        ask,
      );
      const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
      const first = moments.findIndex((at, index) => eastIn(format, at) !== rows[index]![0]);
      if (first !== -1)
        differing.push([zone, new Date(moments[first]! * 1000).toISOString(), rows[first]![0]]);
    }
    expect(differing).toEqual([]);
  });
});

function months<Result>(of: (month: number) => Result): Result[] {
  return Array.from({ length: 12 }, (_, month) => of(month));
}

function utc(year: number, month: number, day: number): number {
  const at = new Date(0);
  at.setUTCFullYear(year, month, day);
  return at.getTime() / 1000 + 43_200;
}

function isKnown(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone }).format(0);
    return true;
  } catch {
    return false;
  }
}

function eastIn(format: Intl.DateTimeFormat, at: number): number {
  const text = format.formatToParts(at * 1000).find(({ type }) => type === "timeZoneName")!.value;
  const [, sign = "+", ...clock] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)!;
  const [hours, minutes, seconds] = clock.map((digits = "0") => Number(digits));
  return (sign === "-" ? -1 : 1) * (hours! * 3600 + minutes! * 60 + seconds!);
}

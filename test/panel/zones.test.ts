import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { calendarOf } from "../../functions/streams/calendar.ts";
import { zoneGroups } from "../../panel/zones.ts";

const values = zoneGroups(Date.UTC(2026, 10, 27)).flatMap(({ zones }) => zones.map(({ value }) => value));

test("each offset in the list is one that streams take, once", () => {
  expect(values.length).toBeGreaterThan(400);
  expect(values.filter((value) => calendarOf(value) === undefined)).toEqual([]);
  expect(new Set(values).size).toBe(values.length);
  expect(values).toEqual(
    expect.arrayContaining(["+00:00", "-03:30", "+14:00", "Europe/Kyiv", "Asia/Kolkata"]),
  );
});

test("each is one that Terraform takes too", () => {
  const known = readFileSync(new URL("../../terraform/zones.txt", import.meta.url), "utf8").split("\n");
  expect(values.filter((value) => !/^[+-]/.test(value) && !known.includes(value))).toEqual([]);
});

test("a zone is listed with its offsets of winter and summer", () => {
  const labels = zoneGroups(Date.UTC(2026, 10, 27)).flatMap(({ zones }) => zones.map(({ label }) => label));
  expect(labels).toEqual(
    expect.arrayContaining([
      "Europe/Amsterdam (UTC +01:00 / +02:00)",
      "Asia/Kolkata (UTC +05:30)",
      "UTC −03:30",
    ]),
  );
});

import { expect, test } from "@jest/globals";
import { calendarOf } from "../../functions/streams/calendar.ts";

const day = (offset: string, iso: string) => calendarOf(offset)!(Date.parse(iso));

test("the design's own example: 1603131452000 at +00:00 is 2020-10-19", () => {
  expect(calendarOf("+00:00")!(1603131452000)).toBe("2020-10-19");
});

test.each([
  ["+03:00", "2026-11-20T20:59:59.999Z", "2026-11-20"],
  ["+03:00", "2026-11-20T21:00:00.000Z", "2026-11-21"],
  ["-05:30", "2026-11-21T05:29:59.999Z", "2026-11-20"],
  ["-05:30", "2026-11-21T05:30:00.000Z", "2026-11-21"],
  ["UTC", "1969-12-31T23:59:59.999Z", "1969-12-31"],
  ["+14:00", "2026-12-31T10:00:00.000Z", "2027-01-01"],
])("at the fixed offset %s, %s is on %s", (offset, iso, expected) => {
  expect(day(offset, iso)).toBe(expected);
});

test.each([
  // Kyiv: +02:00 in winter, +03:00 from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
  ["Europe/Kyiv", "2026-03-28T21:59:59.999Z", "2026-03-28"],
  ["Europe/Kyiv", "2026-03-28T22:00:00.000Z", "2026-03-29"],
  ["Europe/Kyiv", "2026-03-29T20:59:59.999Z", "2026-03-29"],
  ["Europe/Kyiv", "2026-03-29T21:00:00.000Z", "2026-03-30"],
  ["Europe/Kyiv", "2026-10-25T21:59:59.999Z", "2026-10-25"],
  ["Europe/Kyiv", "2026-10-25T22:00:00.000Z", "2026-10-26"],
  // St John's turned its clocks back at 00:01 in 2010: one minute of 7 November, then 6 November again.
  ["America/St_Johns", "2010-11-07T02:30:59.999Z", "2010-11-07"],
  ["America/St_Johns", "2010-11-07T02:31:00.000Z", "2010-11-06"],
  ["America/St_Johns", "2010-11-07T03:30:00.000Z", "2010-11-07"],
  // Samoa left out 30 December 2011.
  ["Pacific/Apia", "2011-12-30T09:59:59.999Z", "2011-12-29"],
  ["Pacific/Apia", "2011-12-30T10:00:00.000Z", "2011-12-31"],
])("in %s, %s is on %s, also when the clocks change", (zone, iso, expected) => {
  expect(day(zone, iso)).toBe(expected);
});

test("a zone asks Intl once a minute, whatever the number of hits", () => {
  const zone = "Asia/Kathmandu";
  const before = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format")!;
  let asked = 0;
  Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
    configurable: true,
    get(this: Intl.DateTimeFormat) {
      asked++;
      return before.get!.call(this);
    },
  });
  try {
    const calendar = calendarOf(zone)!;
    const start = Date.parse("2026-05-05T18:14:00Z");
    for (let ms = 0; ms < 120_000; ms += 7) calendar(start + ms);
    expect(asked).toBe(2);
  } finally {
    Object.defineProperty(Intl.DateTimeFormat.prototype, "format", before);
  }
});

test.each(["", "3", "+3:00", "+15:00", "-14:01", "+03:60", "Europe/Atlantis", "+03:00 ", "Z"])(
  "%j is no offset",
  (offset) => {
    expect(calendarOf(offset)).toBeUndefined();
  },
);

test.each(["+14:00", "-14:00", "-00:00", "GMT", "Europe/Kyiv", "America/Argentina/Buenos_Aires"])(
  "%j is an offset",
  (offset) => {
    expect(calendarOf(offset)).toBeDefined();
  },
);

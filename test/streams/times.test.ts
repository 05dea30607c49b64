import { expect, test } from "@jest/globals";
import { readTime } from "../../functions/streams/records/times.ts";
import { examples } from "../promises/times.ts";

test.each(examples.map((example) => [example.text, example] as const))(
  "the product reads %j as the warehouses do",
  (text, { means, offset = "UTC" }) => {
    const micros = readTime(text, offset);
    if (means === undefined) expect(micros).toBeUndefined();
    else {
      const wanted = BigInt(Date.parse(`${means.slice(0, 19)}Z`)) * 1000n + BigInt(means.slice(20, 26));
      expect(micros).toBe(wanted);
    }
  },
);

/** 1C's empty date among them. */
test.each([
  ["0001-01-01T00:00:00", "Europe/Moscow"],
  ["0001-01-01T00:00:00", "America/New_York"],
  ["0999-01-01T00:00:00", "Europe/Kyiv"],
  ["9999-12-31T24:00:00", "Europe/Kyiv"],
  ["9999-12-31T24:00:00", "Pacific/Apia"],
])("the first and the last days that can be written are read in a named zone: %s in %s", (text, zone) => {
  const [here, utc] = [readTime(text, zone), readTime(text, "UTC")];
  const hours = Number(here! - utc!) / 3_600_000_000;
  expect(Math.abs(hours)).toBeLessThan(15);
  expect(hours).not.toBe(0);
});

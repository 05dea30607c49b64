import { expect, test } from "@jest/globals";
import { bytesOf, cases, check, storedBytes, told } from "./cases.ts";

test("there are 265 files by 20 writers", () => {
  expect(cases.length).toBe(265);
});

test.each(cases.map((expected) => [expected.file, expected] as const))(
  "%s gives what its expectation says",
  async (name, expected) => {
    const checked = await check(storedBytes(name, bytesOf(name)), expected.settings);
    const said = told(checked, expected);
    expect(said).toEqual(Object.fromEntries(Object.entries(expected).filter(([key]) => key in said)));
  },
);

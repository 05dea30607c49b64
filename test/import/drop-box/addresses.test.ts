import { expect, test } from "@jest/globals";
import { isAllowed, parseAddresses } from "../../../functions/import/drop-box/addresses.ts";

/** From where senders may come. */

test("addresses and networks of both kinds are taken, each once", () => {
  expect(parseAddresses([" 192.0.2.7", "192.0.2.7", "192.0.2.0/24", "2001:DB8::/32", "0.0.0.0/0"])).toEqual([
    "192.0.2.7",
    "192.0.2.0/24",
    "2001:db8::/32",
    "0.0.0.0/0",
  ]);
  expect(parseAddresses([])).toEqual([]);
});

test.each([
  "",
  "example.com",
  "192.0.2",
  "192.0.2.256",
  "192.0.2.0/33",
  "192.0.2.0/-1",
  "192.0.2.0/",
  "192.0.2.0/024",
  "192.0.2.0/24/8",
  "2001:db8::/129",
  "2001:db8:::1",
  "fe80::1%eth0",
])("%j is refused, with what is allowed", (given) => {
  expect(() => parseAddresses(["192.0.2.7", given])).toThrow(
    expect.objectContaining({ code: "addresses_refused", message: expect.stringContaining("192.0.2.0/24") }),
  );
});

test("more than 100 of them are refused", () => {
  const many = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`);
  expect(parseAddresses(many)).toHaveLength(100);
  expect(() => parseAddresses([...many, "192.0.2.100"])).toThrow(/at most 100/);
});

test.each([
  [[], "203.0.113.9", true],
  [["192.0.2.7"], "192.0.2.7", true],
  [["192.0.2.7"], "192.0.2.70", false],
  // As a socket that takes both kinds has it.
  [["192.0.2.0/24"], "::ffff:192.0.2.255", true],
  [["192.0.2.0/24"], "192.0.3.0", false],
  [["192.0.2.128/25"], "192.0.2.127", false],
  [["0.0.0.0/0"], "203.0.113.9", true],
  [["0.0.0.0/0"], "2001:db8::1", false],
  [["2001:db8::/32"], "2001:db8:ffff::1", true],
  [["2001:db8::/32"], "2001:db9::1", false],
  [["2001:db8::/32"], "192.0.2.7", false],
  // What somebody wrote into the document by hand lets nobody in.
  [["nonsense"], "192.0.2.7", false],
  [["192.0.2.0/24"], "", false],
] as const)("of %j, %s: %s", (addresses, address, isIn) => {
  expect(isAllowed(addresses, address)).toBe(isIn);
});

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { fileCodes } from "../../functions/import/faults.ts";
import { bytesOf, cases, check, storedBytes } from "./cases.ts";

/** What damage is: a byte altered, a part cut out, doubled, or put elsewhere. */
type Damage = readonly ["alter" | "cut" | "double" | "move", at: number, length: number, byte: number];

function damaged(bytes: Buffer, [how, share, length, byte]: Damage): Buffer {
  const at = Math.floor(share * bytes.length);
  const [before, part, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  if (how === "alter")
    return Buffer.concat([before, Buffer.alloc(Math.min(1, part.length), byte), bytes.subarray(at + 1)]);
  if (how === "cut") return Buffer.concat([before, after]);
  if (how === "double") return Buffer.concat([before, part, part, after]);
  return Buffer.concat([part, before, after]);
}

const damage = fc.tuple(
  fc.constantFrom<Damage[0]>("alter", "alter", "cut", "double", "move"),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(64),
  fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 34, 44, 0xff)),
);
const small = cases.filter(({ bytes }) => Number(bytes) < 50_000);

test("whatever was done to a file, it ends as imported or with a code that is in the catalogue", async () => {
  const codes = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...small),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      async ({ file, settings }, damages) => {
        const bytes = damages.reduce(damaged, bytesOf(file));
        const { report, events } = await check(storedBytes(file, bytes), settings);
        codes.add(report.code);
        expect(report.state === "failed").toBe(report.code !== undefined);
        if (report.code !== undefined) expect(fileCodes).toContain(report.code);
        else expect(events.length).toBe(report.imported);
      },
    ),
    { seed: 14, numRuns: 3000 },
  );
  // It got everywhere.
  expect(codes.size).toBeGreaterThan(12);
});

import { afterEach, expect, test } from "@jest/globals";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { endAll } from "../support/product.ts";
import { fuzz, grownMiBMax, type Amounts } from "./fuzz.ts";
import { noSchemathesis } from "./schemathesis.ts";

afterEach(endAll);

const few = { collect: 1_200, deliver: 1_000, admin: 1_000, examples: 0, seed: 7 };

async function expectDeclared(amounts: Amounts): Promise<Record<string, number>> {
  const report = await inFolder((directory) => fuzz(directory, amounts, () => undefined));
  expect(report.undeclared).toEqual([]);
  for (const [first, second] of Object.values(report.memory))
    expect(second - first).toBeLessThanOrEqual(grownMiBMax);
  // A run that was refused at the first door would have shown nothing.
  if (amounts.collect > 0)
    expect(Object.keys(report.answers["collect"]!)).toEqual(
      expect.arrayContaining(["200", "400", "404", "405"]),
    );
  if (amounts.deliver > 0)
    expect(Object.keys(report.answers["deliver"]!)).toEqual(
      expect.arrayContaining(["204", "400", "404", "405"]),
    );
  if (amounts.admin > 0)
    expect(Object.keys(report.answers["admin"]!)).toEqual(
      expect.arrayContaining(["200", "400", "403", "404"]),
    );
  return report.requests;
}

test("3,200 drawn requests to collect, deliver and admin get declared answers only, and memory does not grow", async () => {
  await expectDeclared(few);
});

needing(noSchemathesis(), () => {
  test("what schemathesis makes of the OpenAPI document gets the answers that it declares", async () => {
    const requests = await expectDeclared({ ...few, collect: 0, deliver: 0, admin: 0, examples: 2 });
    expect(requests["admin, by its document"]).toBeGreaterThan(1_000);
  });
});

import { expect, test } from "@jest/globals";
import { bodyOf, laterOf, senders } from "./senders.ts";

test("the table of senders is whole: names differ, fields are JSON, later versions differ in what orders them", () => {
  expect(senders.length).toBeGreaterThanOrEqual(37);
  expect(new Set(senders.map(({ name }) => name)).size).toBe(senders.length);
  for (const sender of senders) {
    expect(() => JSON.parse(sender.fields ?? bodyOf(sender).toString())).not.toThrow();
    expect(sender.later === undefined).toBe(sender.updated === undefined);
    expect(sender.itemCount === undefined).toBe(sender.items === undefined);
    if (sender.later !== undefined) expect(laterOf(sender)).not.toEqual(laterOf({ ...sender, later: {} }));
  }
});

import { expect, test } from "@jest/globals";
import type { Checked } from "../../functions/activity/check.ts";
import { startNights } from "../../infra/local/nights.ts";
import { until } from "../support/until.ts";

const nothing: Checked = { days: 0, differing: 0, skipped: [] };

test("days are checked again and again, also after a check failed, and no more after the stop", async () => {
  const events: unknown[] = [];
  let rounds = 0;
  const check = async () => {
    rounds += 1;
    if (rounds === 1) throw new Error("away");
    return nothing;
  };
  const log = (...[, , fields]: [unknown, unknown, Record<string, unknown>?]) =>
    void events.push(fields?.["event"]);
  const nights = startNights(check, { log, firstMs: 1, everyMs: 1 });
  await until("there were some rounds", () => rounds >= 3);
  nights.stop();
  expect(events).toEqual(["activity_not_checked"]);
  const before = rounds;
  // What the timer has begun may still end; nothing begins after it.
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(rounds - before).toBeLessThanOrEqual(1);
});

test("a check that the end of the process cuts off says nothing", async () => {
  const events: unknown[] = [];
  let fail: (error: Error) => void = () => undefined;
  const check = () => new Promise<Checked>((_, reject) => (fail = reject));
  let begun = false;
  const nights = startNights(() => ((begun = true), check()), { log: () => void events.push(1), firstMs: 1 });
  await until("it has begun", () => begun);
  nights.stop();
  fail(new Error("closed"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(events).toEqual([]);
});

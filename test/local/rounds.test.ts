import { expect, test } from "@jest/globals";
import { nights, startRounds, watch } from "../../infra/local/rounds.ts";
import { until } from "../support/until.ts";

test.each([nights, watch])(
  "$failed.event: it is checked again and again, also after a check failed, and no more after the stop",
  async (kind) => {
    const events: unknown[] = [];
    let rounds = 0;
    const check = async () => {
      rounds += 1;
      if (rounds === 1) throw new Error("away");
    };
    const log = (...[, , fields]: [unknown, unknown, Record<string, unknown>?]) =>
      void events.push(fields?.["event"]);
    const running = startRounds({ ...kind, work: check, firstMs: 1, everyMs: 1 }, log);
    await until("there were some rounds", () => rounds >= 3);
    running.stop();
    expect(events).toEqual([kind.failed.event]);
    const before = rounds;
    // What the timer has begun may still end; nothing begins after it.
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(rounds - before).toBeLessThanOrEqual(1);
  },
);

test("a check that the end of the process cuts off says nothing", async () => {
  const events: unknown[] = [];
  let fail: (error: Error) => void = () => undefined;
  const check = () => new Promise<void>((_, reject) => (fail = reject));
  let begun = false;
  const work = () => ((begun = true), check());
  const running = startRounds({ ...nights, work, firstMs: 1 }, () => void events.push(1));
  await until("it has begun", () => begun);
  running.stop();
  fail(new Error("closed"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(events).toEqual([]);
});

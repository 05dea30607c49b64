import { expect, test } from "@jest/globals";
import { watchGrowth } from "../../../infra/local/queue/growth.ts";

/** A backlog of which the test says how large it is, and a clock that the test moves. */
function setup() {
  const state = { waiting: 0, ms: 90_000_123, down: false };
  const said: string[] = [];
  const growth = watchGrowth({
    backlog: {
      find: async () => "absent",
      depth: async () => (state.down ? Promise.reject(new Error("down")) : { waiting: state.waiting }),
    },
    now: () => 1_600_000_000_000 + state.ms,
    elapsed: () => state.ms,
    log: (_severity, message) => void said.push(message),
  });
  growth.stop();
  const minutesOf = async (minutes: number, waiting: (look: number) => number) => {
    for (let look = 0; look < 6 * minutes; look++) {
      state.waiting = waiting(look);
      await growth.look();
      state.ms += 10_000;
    }
  };
  return { state, said, growth, minutesOf };
}

const grows = "The backlog has grown for 10 minutes: more hits arrive than become rows.";

test("a backlog that grows for ten minutes is said once, with since when, and its end is said too", async () => {
  const { said, growth, minutesOf, state } = setup();
  const ebb = (look: number) => 50 * look + (look % 6) * 200;
  await minutesOf(10, ebb);
  expect(said).toEqual([]);
  expect(await growth.backlog.depth()).not.toHaveProperty("grows_since");
  await minutesOf(10, (look) => ebb(look + 60));
  expect(said).toEqual([grows]);
  const { grows_since: since } = await growth.backlog.depth();
  const agoMs = 1_600_000_000_000 + state.ms - since!;
  expect(agoMs).toBeGreaterThanOrEqual(10 * 60_000);
  expect(agoMs).toBeLessThanOrEqual(20 * 60_000);
  await minutesOf(3, () => 10);
  expect(said).toEqual([grows, "The backlog no longer grows."]);
  expect(await growth.backlog.depth()).toEqual({ waiting: 10 });
});

test("a backlog that is large and stays, comes and goes, or is worked off, does not grow", async () => {
  for (const waiting of [
    () => 100_000,
    (look: number) => (look % 50) * 100,
    (look: number) => 100_000 - look,
    () => 0,
  ]) {
    const { said, minutesOf } = setup();
    await minutesOf(60, waiting);
    expect(said).toEqual([]);
  }
});

test("what a machine slept through, or a queue that is away, is no growth", async () => {
  const { said, minutesOf, state } = setup();
  for (let hours = 0; hours < 20; hours++) {
    await minutesOf(5, (look) => 1_000 * hours + look);
    state.ms += 3_600_000;
  }
  state.down = true;
  await minutesOf(30, (look) => look);
  expect(said).toEqual([]);
});

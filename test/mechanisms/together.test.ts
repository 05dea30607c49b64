import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { createFlights } from "../../functions/flights.ts";
import { createTogether, type Place, type TogetherOptions } from "../../functions/together.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const open = (options: Partial<TogetherOptions<string>> = {}) =>
  createTogether<string>({ countMax: 3, bytesMax: 100, ...options });
const items = (group: readonly Place<string>[]) => group.map(({ item }) => item);
/** What became of a promise so far. */
function outcome(promise: Promise<void>): { is: string } {
  const seen = { is: "none" };
  promise.then(
    () => (seen.is = "done"),
    (error: unknown) => (seen.is = error instanceof Error ? error.message : String(error)),
  );
  return seen;
}
/** What is due runs, with what that makes due in turn. */
const settled = () => jest.advanceTimersByTimeAsync(5);

describe("a group", () => {
  test("holds what waits, in the order of its coming, up to its count", () => {
    const line = open();
    for (const item of ["a", "b", "c", "d"]) void line.add(item, 1);
    expect(items(line.take())).toEqual(["a", "b", "c"]);
    expect(items(line.take())).toEqual(["d"]);
    expect(line.take()).toEqual([]);
  });

  test("holds its bytes and no byte more", () => {
    const line = open();
    for (const [item, bytes] of [
      ["a", 60],
      ["b", 40],
      ["c", 1],
    ] as const)
      void line.add(item, bytes);
    expect(items(line.take())).toEqual(["a", "b"]);
    const other = open();
    for (const [item, bytes] of [
      ["a", 60],
      ["b", 41],
    ] as const)
      void other.add(item, bytes);
    expect(items(other.take())).toEqual(["a"]);
  });

  test("is a single one where that is larger than a group", () => {
    const line = open({ countOf: () => 7 });
    for (const item of ["a", "b"]) void line.add(item, 1_000);
    expect(items(line.take())).toEqual(["a"]);
    expect(items(line.take())).toEqual(["b"]);
  });

  test("counts each for as many as it is", () => {
    const line = open({ countOf: (item) => item.length });
    for (const item of ["a", "bb", "c"]) void line.add(item, 1);
    expect(items(line.take())).toEqual(["a", "bb"]);
  });

  test("ends before one that may not join it", () => {
    const line = open({ joins: (item, group) => item !== "alone" && group[0]?.item !== "alone" });
    for (const item of ["a", "alone", "b", "c"]) void line.add(item, 1);
    expect([line.take(), line.take(), line.take()].map(items)).toEqual([["a"], ["alone"], ["b", "c"]]);
  });
});

test("each has the answer it was given, and the first one counts", async () => {
  const line = open();
  const [a, b, c] = ["a", "b", "c"].map((item) => outcome(line.add(item, 1)));
  const [first, second, third] = line.take();
  first!.done();
  first!.fail(new Error("too late"));
  second!.fail(new Error("refused"));
  second!.done();
  // Whatever was thrown is a failure.
  third!.fail(undefined);
  await settled();
  expect([a?.is, b?.is, c?.is]).toEqual(["done", "refused", "undefined"]);
});

test("what waits, what is on its way and their bytes are told", () => {
  const line = open({ countMax: 1 });
  for (const item of ["a", "b"]) void line.add(item, 10);
  expect([line.waiting(), line.waitingBytes(), line.pendingBytes()]).toEqual([2, 20, 20]);
  const [a] = line.take();
  expect([line.waiting(), line.waitingBytes(), line.pendingBytes()]).toEqual([1, 10, 20]);
  a!.done();
  expect([line.waiting(), line.waitingBytes(), line.pendingBytes()]).toEqual([1, 10, 10]);
});

test("a group that goes again goes first, without those that have their answer", async () => {
  const line = open();
  for (const item of ["a", "b", "c", "d"]) void line.add(item, 1);
  const group = line.take();
  group[1]!.done();
  line.again(group);
  expect([line.waiting(), line.waitingBytes(), line.pendingBytes()]).toEqual([3, 3, 3]);
  expect(items(line.take())).toEqual(["a", "c", "d"]);
});

test("a refusal is of all that wait, and of nothing that is on its way", async () => {
  const line = open({ countMax: 1 });
  const [a, b] = ["a", "b"].map((item) => outcome(line.add(item, 1)));
  const group = line.take();
  line.refuse(new Error("hangs"));
  await settled();
  expect([a?.is, b?.is, line.waiting(), line.waitingBytes()]).toEqual(["none", "hangs", 0, 0]);
  group[0]!.done();
  await settled();
  expect(a?.is).toBe("done");
});

test("it is drained once all have their answer, at once where there is none", async () => {
  const line = open();
  await line.drained();
  void line.add("a", 1);
  const drained = outcome(line.drained());
  const [a] = line.take();
  await settled();
  expect(drained.is).toBe("none");
  a!.done();
  await settled();
  expect(drained.is).toBe("done");
});

describe("a deadline", () => {
  const late = (deadlineMs: number) => new Error(`late after ${deadlineMs}`);

  test("is kept for what waits, which is then taken out, and for what is on its way", async () => {
    const line = open({ countMax: 1, late });
    const [a, b, c] = [50, 100, 1_000].map((ms, index) => outcome(line.add(String(index), 5, ms)));
    const group = line.take();
    await jest.advanceTimersByTimeAsync(49);
    expect([a?.is, b?.is]).toEqual(["none", "none"]);
    await jest.advanceTimersByTimeAsync(11);
    expect([a?.is, b?.is]).toEqual(["late after 50", "none"]);
    await jest.advanceTimersByTimeAsync(60);
    expect([b?.is, c?.is, line.waiting(), line.waitingBytes()]).toEqual(["late after 100", "none", 1, 5]);
    group[0]!.done();
    await settled();
    expect(a?.is).toBe("late after 50");
    expect(items(line.take())).toEqual(["2"]);
  });

  test("that is nearer than those before it is kept as well", async () => {
    const line = open({ late });
    void line.add("a", 1, 60_000).catch(() => "nobody asks here");
    const b = outcome(line.add("b", 1, 20));
    await jest.advanceTimersByTimeAsync(40);
    expect(b.is).toBe("late after 20");
  });

  test("ends with the wait where what is on its way has an outcome, and begins anew where it waits again", async () => {
    const line = open({ countMax: 1, late, waitsForOutcome: true });
    const a = outcome(line.add("a", 1, 50));
    const group = line.take();
    await jest.advanceTimersByTimeAsync(500);
    expect(a.is).toBe("none");
    line.again(group);
    await jest.advanceTimersByTimeAsync(20);
    expect(a.is).toBe("late after 50");
  });

  test("leaves no timer behind once all is over, and none where there is none", async () => {
    const line = open({ late });
    void line.add("a", 1);
    expect(jest.getTimerCount()).toBe(0);
    void line.add("b", 1, 50);
    expect(jest.getTimerCount()).toBe(1);
    for (const place of line.take()) place.done();
    expect(jest.getTimerCount()).toBe(0);
  });
});

test("whatever happens, each is answered once, in its order, and the bytes add up", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), bytes: fc.integer({ min: 0, max: 60 }) }),
    fc.record({
      kind: fc.constantFrom("take" as const, "done" as const, "again" as const, "refuse" as const),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = createTogether<number>({ countMax: 3, bytesMax: 100 });
      let model: { id: number; bytes: number }[] = [];
      let way: Place<number>[][] = [];
      let ids = 0;
      for (const taken of steps) {
        if (taken.kind === "add") {
          model.push({ id: ids, bytes: taken.bytes });
          line.add(ids++, taken.bytes).catch(() => "refused below");
        } else if (taken.kind === "take") {
          const group = line.take();
          const went = model.splice(0, group.length);
          expect(group.map(({ item }) => item)).toEqual(went.map(({ id }) => id));
          const bytes = went.reduce((sum, one) => sum + one.bytes, 0);
          expect(group.length === 1 || (group.length <= 3 && bytes <= 100)).toBe(true);
          if (group.length > 0) way.push(group);
          else expect(model).toEqual([]);
        } else if (taken.kind === "refuse") {
          model = [];
          line.refuse(new Error("refused"));
        } else {
          const group = way.shift() ?? [];
          if (taken.kind === "again") {
            model.unshift(...group.map(({ item, bytes }) => ({ id: item, bytes })));
            line.again(group);
          } else for (const place of group) place.done();
        }
        const waits = model.reduce((sum, { bytes }) => sum + bytes, 0);
        const flies = way.flat().reduce((sum, { bytes }) => sum + bytes, 0);
        expect([line.waiting(), line.waitingBytes(), line.pendingBytes()]).toEqual([
          model.length,
          waits,
          waits + flies,
        ]);
      }
    }),
  );
});

describe("flights", () => {
  /** Work of some pieces; each flight takes one and ends when it is told. */
  function airport(atOnce: number, pauseMs?: () => number) {
    const seen = { left: 0, begun: 0, land: [] as (() => void)[] };
    const flights = createFlights({
      atOnce,
      isReady: () => seen.left > 0,
      ...(pauseMs !== undefined && { pauseMs }),
      fly: () => {
        seen.left--;
        seen.begun++;
        return new Promise((resolve) => seen.land.push(resolve));
      },
    });
    return Object.assign(seen, flights);
  }

  test("begin after the events at hand, at most so many at once, and go on as each ends", async () => {
    const here = airport(2);
    here.left = 4;
    here.schedule();
    expect(here.begun).toBe(0);
    await settled();
    expect([here.begun, here.underWay()]).toEqual([2, 2]);
    here.land[0]!();
    await settled();
    expect([here.begun, here.underWay()]).toEqual([3, 2]);
    for (const land of here.land) land();
    await settled();
    for (const land of here.land) land();
    await settled();
    expect([here.begun, here.left, here.underWay()]).toEqual([4, 0, 0]);
  });

  test("wait out the pause, and begin none where the work has gone meanwhile", async () => {
    const here = airport(1, () => 100);
    here.left = 1;
    here.schedule();
    await jest.advanceTimersByTimeAsync(99);
    expect(here.begun).toBe(0);
    here.left = 0;
    await jest.advanceTimersByTimeAsync(1);
    expect(here.begun).toBe(0);
    here.left = 1;
    here.schedule();
    here.schedule();
    await jest.advanceTimersByTimeAsync(100);
    expect(here.begun).toBe(1);
  });
});

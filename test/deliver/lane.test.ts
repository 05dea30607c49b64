import { afterEach, expect, jest, test } from "@jest/globals";
import {
  batchBytesMax,
  batchRowsMax,
  createLane,
  waitingBytesDefault,
} from "../../functions/deliver/lane.ts";
import { rowsRefused, warehouseDown } from "../../functions/problems.ts";
import type { Row } from "../../functions/warehouse.ts";

const noMend = () => undefined;

/** An append that is held until it is let go. */
function gate() {
  const batches: Row[][] = [];
  const open: (() => void)[] = [];
  return {
    batches,
    letGo: () => open.splice(0).forEach((go) => go()),
    append: (rows: Row[]) =>
      new Promise<void>((resolve) => {
        batches.push(rows);
        open.push(resolve);
      }),
  };
}

/** Patience is told by a clock of the test's own. */
function stopTheClock(): { pass(ms: number): void } {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
  return { pass: (ms) => void jest.advanceTimersByTime(ms) };
}
afterEach(() => void jest.useRealTimers());

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("rows that arrive together share an append, and those that wait meanwhile share the next", async () => {
  const { batches, letGo, append } = gate();
  const lane = createLane(append, noMend);
  const first = [1, 2, 3].map((n) => lane.add([n], 10));
  await turn();
  const second = lane.add([4], 10);
  await turn();
  const third = [5, 6].map((n) => lane.add([n], 10));
  await turn();
  expect(batches).toEqual([[[1], [2], [3]], [[4]]]);
  letGo();
  await Promise.all([...first, second]);
  await turn();
  letGo();
  await Promise.all(third);
  expect(batches[2]).toEqual([[5], [6]]);
  expect(lane.idle()).toBe(true);
});

test("a batch holds at most its rows and its bytes, and one row of any size", async () => {
  const batches: number[] = [];
  const lane = createLane((rows) => Promise.resolve(void batches.push(rows.length)), noMend);
  await Promise.all(Array.from({ length: batchRowsMax + 1 }, (_, n) => lane.add([n], 1)));
  expect(batches).toEqual([batchRowsMax, 1]);
  batches.length = 0;
  await Promise.all([lane.add([1], batchBytesMax), lane.add([2], 1), lane.add([3], batchBytesMax + 5)]);
  expect(batches).toEqual([1, 1, 1]);
});

test("a table that takes nothing holds bounded memory: more is refused at once, to come again later", async () => {
  const { letGo, append } = gate();
  const lane = createLane(append, noMend);
  const held = [lane.add([1], batchBytesMax), lane.add([2], batchBytesMax)];
  await turn();
  await turn();
  held.push(lane.add([3], waitingBytesDefault));
  await expect(lane.add([4], 1)).rejects.toMatchObject({
    code: "warehouse_down",
  });
  letGo();
  await turn();
  await turn();
  letGo();
  await Promise.all(held);
});

test("a refused row fails alone, and its neighbours still arrive", async () => {
  const written: Row[] = [];
  const lane = createLane((rows) => {
    const refused = rows.flatMap((row, index) => (row[0] === "bad" ? [{ index, why: "bad" }] : []));
    if (refused.length > 0) return Promise.reject(rowsRefused({ rows: refused }));
    written.push(...rows);
    return Promise.resolve();
  }, noMend);
  const results = await Promise.allSettled(["a", "bad", "b", "bad"].map((value) => lane.add([value], 1)));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
  expect(written).toEqual([["a"], ["b"]]);
});

test("a refused row is tried once more without what may be left out", async () => {
  const written: Row[] = [];
  const lane = createLane(
    (rows) => {
      const refused = rows.flatMap((row, index) => (row[1] === "{" ? [{ index, why: "no JSON" }] : []));
      if (refused.length > 0) return Promise.reject(rowsRefused({ rows: refused }));
      written.push(...rows);
      return Promise.resolve();
    },
    ([id]) => [id!, null],
  );
  await Promise.all([lane.add(["a", "{}"], 1), lane.add(["b", "{"], 1)]);
  expect(written).toEqual([
    ["a", "{}"],
    ["b", null],
  ]);
});

test("a refusal that names no row fails the batch and ends", async () => {
  let appends = 0;
  const lane = createLane(() => {
    appends++;
    return Promise.reject(rowsRefused({ rows: [] }));
  }, noMend);
  const results = await Promise.allSettled([lane.add([1], 1), lane.add([2], 1)]);
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
  expect(appends).toBe(1);
});

test("after a failed append the lane goes on", async () => {
  let down = true;
  const lane = createLane(
    () => (down ? Promise.reject(warehouseDown({ why: "away" })) : Promise.resolve()),
    noMend,
  );
  await expect(lane.add([1], 1)).rejects.toMatchObject({
    code: "warehouse_down",
  });
  down = false;
  await lane.add([1], 1);
});

test("what waits behind appends that hang is answered in time, also when no further row comes", async () => {
  const { batches, letGo, append } = gate();
  const lane = createLane(append, noMend, { patienceMs: 50 });
  const patient = gate();
  const waits = createLane(patient.append, noMend, { patienceMs: Infinity });
  let refused = 0;
  const onTheirWay = [];
  for (const n of [1, 2]) {
    onTheirWay.push(lane.add([n], 10), waits.add([n], 10));
    await turn();
  }
  const waited = waits.add([3], 10).catch(() => refused++);
  await expect(lane.add([3], 10)).rejects.toMatchObject({
    code: "warehouse_down",
    message: expect.stringContaining("hang"),
  });
  await expect(lane.add([4], 10)).rejects.toMatchObject({
    code: "warehouse_down",
  });
  letGo();
  patient.letGo();
  // Slow is not lost: what was on its way arrives, and the lane goes on.
  await Promise.all(onTheirWay);
  await turn();
  patient.letGo();
  await waited;
  expect(refused).toBe(0);
  const later = lane.add([5], 10);
  await turn();
  letGo();
  await later;
  expect(batches).toEqual([[[1]], [[2]], [[5]]]);
  await turn();
  expect(lane.idle()).toBe(true);
});

test("appends that are slow and work move all that waits", async () => {
  const { batches, letGo, append } = gate();
  const clock = stopTheClock();
  const lane = createLane(append, noMend, { patienceMs: 300 });
  const twoOnTheirWay = async (rows: [number, number]) => {
    const added = [];
    for (const n of rows) {
      added.push(lane.add([n], 10));
      await turn();
    }
    return added;
  };
  const slow = await twoOnTheirWay([1, 2]);
  clock.pass(400);
  await expect(lane.add([0], 10)).rejects.toThrow("hang");
  letGo();
  await Promise.all(slow);
  const slowToo = await twoOnTheirWay([3, 4]);
  const waiting = [5, 6].map((n) => lane.add([n], 10));
  clock.pass(350);
  waiting.push(lane.add([7], 10));
  letGo();
  await Promise.all(slowToo);
  await turn();
  letGo();
  await Promise.all(waiting);
  expect(batches).toEqual([[[1]], [[2]], [[3]], [[4]], [[5], [6], [7]]]);
});

test("a table that was slow and then hangs is noticed all the same", async () => {
  const { letGo, append } = gate();
  const clock = stopTheClock();
  const lane = createLane(append, noMend, { patienceMs: 20 });
  const slow = lane.add([1], 10);
  await turn();
  clock.pass(200);
  letGo();
  await slow;
  for (const n of [2, 3]) {
    void lane.add([n], 10);
    await turn();
  }
  const third = lane.add([4], 10);
  clock.pass(60);
  // The appends never end: only being taken for hanging answers it.
  await expect(third).rejects.toThrow("hang");
});

test("while only one append hangs, the rows go the other way", async () => {
  const clock = stopTheClock();
  const lane = createLane(
    ([row]) => (row![0] === "hangs" ? new Promise(() => undefined) : Promise.resolve()),
    noMend,
    { patienceMs: 10 },
  );
  void lane.add(["hangs"], 1);
  for (let n = 0; n < 50; n++) {
    await turn();
    clock.pass(1);
    await lane.add([n], 1);
  }
});

test("a table whose append hung until it failed is tried with one row at a time until one works", async () => {
  const batches: Row[][] = [];
  const open: { resolve(): void; reject(error: Error): void }[] = [];
  const lane = createLane(
    (rows) =>
      new Promise((resolve, reject) => {
        batches.push(rows);
        open.push({ resolve, reject });
      }),
    noMend,
    { patienceMs: 20 },
  );
  const first = lane.add([1], 1);
  await turn();
  const second = lane.add([2], 1);
  await turn();
  await expect(lane.add([3], 1)).rejects.toThrow("hang");
  const late = warehouseDown({ why: "late" });
  open.forEach(({ reject }) => reject(late));
  await expect(first).rejects.toBe(late);
  await expect(second).rejects.toBe(late);
  await turn();
  const probe = lane.add([4], 1);
  // One of the two ways is free, and nothing goes there.
  await turn();
  await expect(lane.add([5], 1)).rejects.toThrow("hang");
  open[2]!.resolve();
  await probe;
  const others = [6, 7].map((n) => lane.add([n], 1));
  await turn();
  open[3]!.resolve();
  await Promise.all(others);
  expect(batches).toEqual([[[1]], [[2]], [[4]], [[6], [7]]]);
});

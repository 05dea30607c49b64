import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { inParallel, within } from "../../functions/within.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const never = new Promise<string>(() => {});

test("work that is done in time is the answer, and no timer is left behind", async () => {
  expect(await within(10, Promise.resolve("done"), () => "late")).toBe("done");
  expect(jest.getTimerCount()).toBe(0);
});

test("work that fails in time fails, and no timer is left behind", async () => {
  const failing = within(10, Promise.reject(new Error("broken")), () => "late");
  await expect(failing).rejects.toThrow("broken");
  expect(jest.getTimerCount()).toBe(0);
});

test("past the deadline it is what `late` gives, and not before", async () => {
  let answer = "none yet";
  void within(10, never, () => "late").then((given) => (answer = given));
  await jest.advanceTimersByTimeAsync(9);
  expect(answer).toBe("none yet");
  await jest.advanceTimersByTimeAsync(1);
  expect(answer).toBe("late");
});

test("past the deadline it fails with what `late` throws", async () => {
  const failing = within(10, never, () => {
    throw new Error("no answer after 10 ms");
  });
  const failed = expect(failing).rejects.toThrow("no answer after 10 ms");
  await jest.advanceTimersByTimeAsync(10);
  await failed;
});

test("work that fails after its deadline is nobody's failure", async () => {
  const unhandled = jest.fn();
  process.on("unhandledRejection", unhandled);
  try {
    let fail: (error: Error) => void = () => {};
    const work = new Promise<string>((_, reject) => (fail = reject));
    const answer = within(10, work, () => "late");
    await jest.advanceTimersByTimeAsync(10);
    expect(await answer).toBe("late");
    fail(new Error("too late"));
    jest.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});

test("results stand in the order of the items, and no more is under way than may be", async () => {
  let underWay = 0;
  let most = 0;
  const work = async (item: number) => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    return item * 2;
  };
  expect(await inParallel([1, 2, 3, 4, 5], 2, work)).toEqual([2, 4, 6, 8, 10]);
  expect(most).toBe(2);
  expect(await inParallel([], 2, work)).toEqual([]);
});

test("after a failure nothing new begins, and it is told once what was begun has ended", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 1) throw new Error("first");
    await Promise.resolve();
    ended.push(item);
  };
  await expect(inParallel([1, 2, 3, 4], 2, work)).rejects.toThrow("first");
  expect(begun).not.toContain(4);
  expect(ended).toEqual(begun.filter((item) => item !== 1));
});

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { BoundedMap, BoundedSet } from "../../functions/bounded.ts";

test("a map holds as many as it may, and past it what was set longest ago is gone", () => {
  const map = new BoundedMap<string, number>(3);
  map.set("a", 1).set("b", 2).set("c", 3);
  expect([...map.keys()]).toEqual(["a", "b", "c"]);
  map.set("d", 4);
  expect([...map]).toEqual([
    ["b", 2],
    ["c", 3],
    ["d", 4],
  ]);
});

test("what is set again is the newest, and pushes nothing out", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1).set("b", 2).set("a", 3);
  expect(map.size).toBe(2);
  map.set("c", 4);
  expect([...map]).toEqual([
    ["a", 3],
    ["c", 4],
  ]);
});

test("a set does the same", () => {
  const set = new BoundedSet<string>(2);
  set.add("a").add("b").add("a").add("c");
  expect([...set]).toEqual(["a", "c"]);
});

test("where nothing may be remembered, nothing is", () => {
  expect(new BoundedMap<string, number>(0).set("a", 1).size).toBe(0);
  expect(new BoundedSet<string>(0).add("a").size).toBe(0);
});

test("whatever comes and goes, it holds the last ones that were set and not deleted", () => {
  const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 60 }), (sizeMax, steps) => {
      const map = new BoundedMap<number, number>(sizeMax);
      const set = new BoundedSet<number>(sizeMax);
      let order: number[] = [];
      for (const [isSet, key] of steps) {
        order = order.filter((other) => other !== key);
        if (isSet) {
          map.set(key, key);
          set.add(key);
          order = [...order, key].slice(-sizeMax);
        } else {
          map.delete(key);
          set.delete(key);
        }
        expect([...map.keys()]).toEqual(order);
        expect([...set]).toEqual(order);
      }
    }),
  );
});

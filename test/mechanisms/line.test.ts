import { expect, test } from "@jest/globals";
import { createLine, type Key } from "../../functions/line.ts";

const limits = { placesMax: 4, waitingMax: 8, waitingPerKeyMax: 3, waitMsMax: 60_000 };
const key = (name: string): Key => ({ name, placesMax: 2 });

test("one address cannot take all places: the others pass it in the line", async () => {
  const line = createLine(limits);
  await line.enter([key("a")], []);
  await line.enter([key("a")], []);
  const left = new AbortController();
  let third = false;
  const waiting = line.enter([key("a")], [left.signal]).then(() => (third = true));
  await line.enter([key("b")], []);
  await line.enter([key("c")], []);
  expect(third).toBe(false);
  left.abort();
  await expect(waiting).rejects.toMatchObject({ code: "overloaded" });
});

test("a place that is given back goes to the first who may have it", async () => {
  const line = createLine({ ...limits, placesMax: 2 });
  const first = await line.enter([key("a")], []);
  const second = await line.enter([key("b")], []);
  const came: string[] = [];
  const leaves = ["a", "a", "b"].map((name, at) =>
    line.enter([key(name)], []).then((leave) => {
      came.push(name + at);
      return leave;
    }),
  );
  first();
  first(); // giving it back twice gives nothing
  await leaves[0];
  expect(came).toEqual(["a0"]);
  second();
  await leaves[1];
  expect(came).toEqual(["a0", "a1"]);
  (await leaves[0]!)();
  await leaves[2];
  expect(came).toEqual(["a0", "a1", "b2"]);
});

test("the line is bounded: past it, for all or for one key, newcomers hear 503 at once", async () => {
  const left = new AbortController();
  for (const [full, newcomer] of [
    [["a", "a", "a", "b", "b", "b", "c", "c"], "d"],
    [["a", "a", "a"], "a"],
  ] as const) {
    const line = createLine({ ...limits, placesMax: 0 });
    for (const name of full) line.enter([key(name)], [left.signal]).catch(() => {});
    await expect(line.enter([key(newcomer)], [])).rejects.toMatchObject({ code: "overloaded" });
  }
  left.abort();
});

test("who has left, or is told that the server ends, leaves the line, and its place in it is free", async () => {
  const line = createLine({ ...limits, placesMax: 0, waitingMax: 1 });
  for (let round = 0; round < 3; round++) {
    const gone = new AbortController();
    const waiting = line.enter([key("a")], [new AbortController().signal, gone.signal]);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: "overloaded" });
  }
  await expect(line.enter([key("a")], [AbortSignal.abort()])).rejects.toMatchObject({ status: 503 });
});

test("nobody waits for longer than the line's deadline", async () => {
  const line = createLine({ ...limits, placesMax: 0, waitMsMax: 1 });
  await expect(line.enter([key("a")], [])).rejects.toMatchObject({ code: "overloaded" });
});

import { expect, test } from "@jest/globals";
import { createKills } from "./in-flight.ts";

/** What the crash campaign says of the rows that a kill left without their acks. */

function killing(...resent: string[]) {
  const folder = { waiting: "", written: {} as Record<string, string[]> };
  const kills = createKills(
    { isResent: ({ hitId }) => resent.includes(hitId) },
    {
      waiting: async () => new Map([...folder.waiting].map((hitId) => [hitId, new Uint8Array()])),
      written: async () => folder.written,
    },
  );
  const holds = (waiting: string, ...tables: string[]) => {
    folder.waiting = waiting;
    folder.written = Object.fromEntries(tables.map((rows, index) => [`t${index}`, [...rows]]));
  };
  return { ...kills, holds };
}

test("what was written last and waits still may come again, once for each kill that found it so", async () => {
  const { holds, note, repeats, wrongs } = killing();
  holds("cdez", "abc", "de");
  expect(await note("")).toEqual({ hits: 3, ofTableMax: 2 });
  // Not delivered again before the next kill.
  expect(await note("")).toEqual({ hits: 0, ofTableMax: 0 });
  holds("cd", "abcc", "ded");
  expect(await note("")).toEqual({ hits: 2, ofTableMax: 1 });
  expect(Object.fromEntries(repeats)).toEqual({ c: 2, d: 2, e: 1 });
  expect(wrongs).toEqual([]);
});

test("a row that was not acked before one that was is a wrong", async () => {
  const { holds, note, wrongs } = killing();
  holds("b", "abcd");
  await note("");
  expect(wrongs).toEqual(["t0: 2 rows were acked, and b before them was not"]);
});

test("what its sender sent again, and what a moved file held up, may be passed by others", async () => {
  const { holds, note, moved, repeats, wrongs } = killing("a");
  holds("ab", "");
  await moved("");
  holds("ab", "abc");
  expect(await note("")).toEqual({ hits: 1, ofTableMax: 1 });
  expect(wrongs).toEqual([]);
  expect(repeats.get("b")).toBe(2);
});

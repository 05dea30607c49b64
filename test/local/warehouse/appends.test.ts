import { expect, test } from "@jest/globals";
import {
  groupAppends,
  groupBytesMax,
  groupCallsMax,
  groupRowsMax,
  restBytesMax,
  type AppendCall,
} from "../../../infra/local/warehouse/rows/appends.ts";
import { rowsRefused, warehouseDown } from "../../../functions/problems.ts";
import { packRows } from "../../../infra/local/warehouse/rows/packed.ts";
import { problemOf } from "../../promises/warehouse/setup.ts";

const call = (table: string, rows: number, bytes = 0): AppendCall => ({
  table: { dataset: "crm", table },
  columns: [],
  rows: packRows(
    Array.from({ length: rows }, () => ["x".repeat(bytes)]),
    1,
  ),
});

/** A writer that holds each group until it is let go. */
function held() {
  const groups: {
    calls: readonly AppendCall[];
    go(failures?: (Error | undefined)[]): void;
    fail(error: Error): void;
  }[] = [];
  const { add, drop } = groupAppends(
    (calls) =>
      new Promise((resolve, reject) =>
        groups.push({
          calls,
          go: (failures) => resolve(failures ?? calls.map(() => undefined)),
          fail: reject,
        }),
      ),
    async () => {},
  );
  return {
    groups,
    add,
    drop,
    tables: (group: number) => groups[group]?.calls.map(({ table }) => table.table),
  };
}

/** All that is due has happened: a group that ends, its rest, and the start of the next one. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

test("what waits while a commit is in flight goes together with the next one", async () => {
  const { groups, add, tables } = held();
  const first = add(call("a", 1), 60_000);
  await turn();
  const others = ["b", "c", "d"].map((table) => add(call(table, 1), 60_000));
  await turn();
  expect(groups).toHaveLength(1);
  groups[0]!.go();
  await first;
  await turn();
  expect(tables(1)).toEqual(["b", "c", "d"]);
  groups[1]!.go([undefined, new Error("sick"), undefined]);
  const ended = await Promise.allSettled(others);
  expect(ended.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("a group that cannot be written fails every call in it, and the next one is tried", async () => {
  const { groups, add } = held();
  const both = Promise.allSettled([add(call("a", 1), 60_000), add(call("b", 1), 60_000)]);
  await turn();
  const later = add(call("c", 1), 60_000);
  groups[0]!.fail(new Error("the disk"));
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await turn();
  groups[1]!.go();
  await later;
});

test("a group holds as many rows, bytes and calls as it may, and not one more", async () => {
  for (const [fits, more] of [
    [[call("a", groupRowsMax - 1), call("b", 1)], call("c", 1)],
    [[call("a", 1, groupBytesMax - 1), call("b", 1, 1)], call("c", 1, 1)],
    [Array.from({ length: groupCallsMax }, (_, index) => call(`t${index}`, 1)), call("c", 1)],
  ] as const) {
    const { groups, add } = held();
    const all = [...fits, more].map((one) => add(one, 60_000));
    await turn();
    expect(groups[0]!.calls).toHaveLength(fits.length);
    groups[0]!.go();
    await turn();
    expect(groups[1]!.calls).toEqual([more]);
    groups[1]!.go();
    await Promise.all(all);
  }
});

test("a call larger than a group goes alone", async () => {
  const { groups, add } = held();
  const all = [add(call("a", groupRowsMax + 1), 60_000), add(call("b", 1), 60_000)];
  await turn();
  expect(groups[0]!.calls).toHaveLength(1);
  groups[0]!.go();
  await turn();
  groups[1]!.go();
  await Promise.all(all);
});

test("a call whose deadline passes while it waits is never written", async () => {
  const { groups, add, tables } = held();
  const first = add(call("a", 1), 60_000);
  await turn();
  const late = problemOf(add(call("late", 1), 1));
  const patient = add(call("b", 1), 60_000);
  expect((await late).code).toBe("warehouse_down");
  groups[0]!.go();
  await first;
  await turn();
  expect(tables(1)).toEqual(["b"]);
  groups[1]!.go();
  await patient;
});

test("a call whose deadline passes in flight waits for its outcome: given up, it would be written twice", async () => {
  const { groups, add } = held();
  const written = add(call("a", 1), 1);
  await turn();
  // A deadline that began later has passed: so has the first one.
  const late = problemOf(add(call("late", 1), 2));
  expect((await late).code).toBe("warehouse_down");
  groups[0]!.go();
  await written;

  const failed = problemOf(add(call("a", 1), 1));
  await turn();
  expect((await problemOf(add(call("late", 1), 2))).code).toBe("warehouse_down");
  groups[1]!.fail(rowsRefused({ rows: [] }));
  expect((await failed).code).toBe("row_refused");
});

test("what is dropped while it waits is never written", async () => {
  const { groups, add, drop, tables } = held();
  const first = add(call("a", 1), 60_000);
  await turn();
  const waiting = problemOf(add(call("b", 1), 60_000));
  drop(warehouseDown({ why: "made by the test" }));
  expect((await waiting).message).toContain("made by the test");
  groups[0]!.go();
  await first;
  const later = add(call("c", 1), 60_000);
  await turn();
  expect(tables(1)).toEqual(["c"]);
  groups[1]!.go();
  await later;
});

test("after a group others gather while the disk rests; a row after a quiet time goes at once", async () => {
  const sent: number[] = [];
  let go: () => void = () => {};
  const { add } = groupAppends(
    (calls) => {
      sent.push(calls.length);
      return Promise.resolve(calls.map(() => undefined));
    },
    () => new Promise((resolve) => (go = resolve)),
  );
  await add(call("a", 1), 60_000);
  const gathered = ["b", "c", "d"].map((table) => add(call(table, 1), 60_000));
  await turn();
  expect(sent).toEqual([1]);
  go();
  await Promise.all(gathered);
  expect(sent).toEqual([1, 3]);
  go();
  await turn();
  await add(call("e", 1), 60_000);
  expect(sent).toEqual([1, 3, 1]);
  go();
});

test("after large rows there is no rest: nothing would be saved by waiting for more", async () => {
  let rests = 0;
  const { add } = groupAppends(
    (calls) => Promise.resolve(calls.map(() => undefined)),
    async () => void rests++,
  );
  await add(call("a", 1, restBytesMax), 60_000);
  await turn();
  expect(rests).toBe(0);
  await add(call("a", 1, restBytesMax / 2), 60_000);
  await turn();
  expect(rests).toBe(1);
});

import { expect, test } from "@jest/globals";
import { rowSpec } from "../../functions/hits/row.ts";
import { warehouseDown } from "../../functions/problems.ts";
import { type Stream, readStream } from "../../functions/streams/stream.ts";
import type { TableRef } from "../../functions/table.ts";
import { until } from "../support/until.ts";
import { document, hit, orders, setup } from "./setup.ts";

function streamOf(name: string): Stream {
  const lookup = readStream(name, document, { defaultDataset: "conversions" });
  if (lookup.kind !== "valid") throw new Error(`The document is ${lookup.kind}.`);
  return lookup.stream;
}

test("a view that cannot be made holds up no row, and is made with a hit ten seconds later", async () => {
  let fails = true;
  const { deliver, rows, events, state } = await setup(document, ({ putView }) => ({
    putView: (view, definition) =>
      fails ? Promise.reject(warehouseDown({ why: "views" })) : putView(view, definition),
  }));
  const unique = { ...orders, table: "orders_unique" };
  expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
  expect(events).toContainEqual(expect.objectContaining({ event: "view_failed" }));
  fails = false;
  state.ms += 9_000;
  expect(await deliver(hit())).toBe("ack");
  await expect(rows(unique)).rejects.toMatchObject({ code: "table_missing" });
  state.ms += 1_000;
  expect(await deliver(hit())).toBe("ack");
  expect(await rows(unique)).not.toEqual([]);
});

test("a view that could not be made is made without a further hit of its table, later and later where it fails", async () => {
  let fails = true;
  let tried = 0;
  const { deliver, rows, state, makeOwed } = await setup(document, ({ putView }) => ({
    putView: (...view) => {
      tried++;
      return fails ? Promise.reject(warehouseDown({ why: "views" })) : putView(...view);
    },
  }));
  expect(await deliver(hit())).toBe("ack");
  expect(tried).toBe(1);
  for (const [ms, tries] of [
    [9_999, 1],
    [1, 2],
    [19_999, 2],
    [1, 3],
    [40_000, 4],
    [80_000, 5],
    [160_000, 6],
    [3_600_000, 7],
    [639_999, 7],
    [1, 8],
  ] as const) {
    state.ms += ms;
    await makeOwed();
    expect(tried).toBe(tries);
  }
  fails = false;
  state.ms += 900_000;
  await makeOwed();
  expect(await rows({ ...orders, table: "orders_unique" })).toHaveLength(1);
  expect(await rows({ ...orders, table: "orders_current" })).toHaveLength(1);
  state.ms += 86_400_000;
  const there = tried;
  await makeOwed();
  expect(tried).toBe(there);
});

test("a hit of another stream has owed views made, where no process runs on between hits", async () => {
  let fails = true;
  const { deliver, rows, state, registry } = await setup(document, ({ putView }) => ({
    putView: (view, definition) =>
      fails ? Promise.reject(warehouseDown({ why: "views" })) : putView(view, definition),
  }));
  expect(await deliver(hit())).toBe("ack");
  fails = false;
  state.ms += 10_000;
  const stream_id = "00000000-0000-4000-8000-00000000a000";
  await registry.write(stream_id, { ...document, table: "example.others" }, null);
  expect(await deliver(hit({ stream_id }))).toBe("ack");
  await until("the view is there", () =>
    rows({ ...orders, table: "orders_unique" }).then(
      (found) => found.length === 1,
      () => false,
    ),
  );
});

test("after a start the views of all streams count as owed: made where there is a table, and no table is read or made", async () => {
  const calls: string[] = [];
  const { warehouse, deliver, owe, makeOwed, rows, state } = await setup(document, (given) => ({
    append: (...args) => (calls.push("append"), given.append(...args)),
    select: (...args) => (calls.push("select"), given.select(...args)),
    createTable: (...args) => (calls.push("createTable"), given.createTable(...args)),
  }));
  await warehouse.createTable(orders, rowSpec);
  const table = { ...orders, table: "never" };
  const stream = (of: TableRef, name: string) => ({ ...streamOf(name), table: of });
  owe([
    stream(orders, "00000000-0000-4000-8000-00000000b000"),
    stream(table, "00000000-0000-4000-8000-00000000b001"),
    stream({ dataset: "nowhere", table: "x" }, "00000000-0000-4000-8000-00000000b002"),
    stream({ dataset: "afterclick", table: "dead_letters" }, "00000000-0000-4000-8000-00000000b003"),
  ]);
  const before = calls.length;
  await makeOwed();
  expect(calls.slice(before)).toEqual([]);
  expect(await warehouse.describe({ ...orders, table: "orders_unique" })).toMatchObject({ kind: "view" });
  expect(await warehouse.describe(table)).toBeUndefined();
  expect(
    await warehouse.describe({ dataset: "afterclick", table: "dead_letters_unique" }).catch(() => undefined),
  ).toBeUndefined();
  state.ms += 3_600_000;
  await makeOwed();
  expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
});

test("a sick view that is owed holds up neither rows nor the other owed views", async () => {
  const { warehouse, deliver, owe, makeOwed, rows } = await setup(document, ({ putView }) => ({
    putView: (view, definition) =>
      view.table.startsWith("sick") ? new Promise(() => undefined) : putView(view, definition),
  }));
  const sick = { ...orders, table: "sick" };
  await warehouse.createTable(orders, rowSpec);
  await warehouse.createTable(sick, rowSpec);
  owe([
    { ...streamOf("00000000-0000-4000-8000-00000000c000"), table: sick },
    { ...streamOf("00000000-0000-4000-8000-00000000c001"), table: orders },
  ]);
  void makeOwed();
  await until(
    "the other view is there",
    async () => (await warehouse.describe({ ...orders, table: "orders_unique" })) !== undefined,
  );
  expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
});

test("a view that hangs holds up no row; once it failed it is tried again", async () => {
  let fail: ((error: Error) => void) | undefined;
  let hangs = true;
  let tried = 0;
  const { deliver, rows, state, events } = await setup(document, ({ putView }) => ({
    putView: (...view) => {
      tried++;
      return hangs ? new Promise((_, reject) => (fail = reject)) : putView(...view);
    },
  }));
  expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
  state.ms += 60_000;
  // While it hangs, no second one is begun.
  expect(await deliver(hit())).toBe("ack");
  expect(tried).toBe(1);
  hangs = false;
  fail!(new Error("no answer in time"));
  await until("it has failed", () => events.some(({ event }) => event === "view_failed"));
  state.ms += 10_000;
  expect(await deliver(hit())).toBe("ack");
  expect(await rows({ ...orders, table: "orders_unique" })).toHaveLength(3);
});

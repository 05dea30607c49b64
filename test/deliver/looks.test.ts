import { expect, test } from "@jest/globals";
import { rowColumns } from "../../functions/hits/row.ts";
import { tableForbidden, warehouseDown } from "../../functions/problems.ts";
import { freshMs } from "../../functions/streams/cache.ts";
import { until } from "../support/until.ts";
import { document, hit, orders, receivedAt, setup } from "./setup.ts";

test("views follow the columns that a person gives to a table with the next look", async () => {
  const { deliver, warehouse, state } = await setup(document);
  const columns = rowColumns.map(({ name, type }) => ({
    name,
    type,
    required: false,
  }));
  const unique = () => warehouse.describe({ ...orders, table: "orders_unique" });
  warehouse.putForeign(orders, columns.slice(0, 4));
  await deliver(hit());
  expect(await unique()).toBe(undefined);
  warehouse.putForeign(orders, columns);
  state.ms += 11 * 60_000;
  await deliver(hit());
  await until("the view is there", async () => (await unique()) !== undefined);
});

const low = "00000000-0000-4000-8000-00000000000a";

const high = "00000000-0000-4000-8000-00000000000b";

test.each([[[low, high]], [[high, low]]])(
  "of streams on one table with different keys, the lower id owns the views whoever comes first, and the other is warned about once",
  async (order) => {
    const { deliver, registry, warehouse, events } = await setup(undefined);
    for (const [stream, key] of [
      [low, "lead"],
      [high, "order"],
    ] as const)
      await registry.write(stream, { table: "example.orders", offset: "UTC", key }, null);
    for (const round of [1, 2])
      for (const stream_id of order)
        await deliver(
          hit({
            stream_id,
            received_at: receivedAt + round,
            body: Buffer.from(`lead=L1&order=${stream_id}`),
          }),
        );
    // By `lead` all four are one record; by `order` they would be two.
    expect(
      await warehouse.select({
        from: { ...orders, table: "orders_current" },
        limit: 9,
      }),
    ).toHaveLength(1);
    expect(events.filter(({ event }) => event === "view_shared")).toHaveLength(1);
  },
);

test("the views go to the other stream once their owner writes elsewhere", async () => {
  const { deliver, registry, warehouse, state } = await setup(undefined);
  const write = (stream: string, table: string, key: string, before: null | string) =>
    registry.write(stream, { table, offset: "UTC", key }, before);
  await write(low, "example.orders", "lead", null);
  await write(high, "example.orders", "order", null);
  const send = (stream_id: string, order: string) =>
    deliver(hit({ stream_id, body: Buffer.from(`lead=L1&order=${order}`) }));
  await send(low, "1");
  await send(high, "2");
  const { version } = (await registry.read(low, { deadlineMs: 1_000 }))!;
  await write(low, "example.elsewhere", "lead", version);
  state.ms += freshMs + 1;
  // The first finds out, the second claims.
  await send(high, "2");
  await send(high, "2");
  expect(
    await warehouse.select({
      from: { ...orders, table: "orders_current" },
      limit: 9,
    }),
  ).toHaveLength(2);
});

test("a failed look that ends late does not make a newer one be forgotten", async () => {
  let fail: (error: Error) => void = () => undefined;
  let looks = 0;
  const { deliver, state } = await setup(document, (warehouse) => ({
    describe: (table) => {
      if (table.table !== "orders") return warehouse.describe(table);
      looks += 1;
      return looks === 1 ? new Promise((_, reject) => (fail = reject)) : warehouse.describe(table);
    },
  }));
  const first = deliver(hit());
  await until("the first look", async () => looks === 1);
  state.ms += 11 * 60_000;
  // A lane has two appends on their way: the second looks anew while the first still waits.
  expect(await deliver(hit())).toBe("ack");
  fail(new Error("late"));
  // By now the columns are known.
  expect(await first).toBe("ack");
  expect(await deliver(hit())).toBe("ack");
  expect(looks).toBe(2);
});

test("a table that a person must fix is looked at every five seconds, not for each hit; a replay looks at once", async () => {
  let looks = 0;
  const { deliver, letters, rows, warehouse, state } = await setup(
    { ...document, table: "later.orders" },
    (memory) => ({
      describe: (table) => {
        if (table.table === "orders") looks += 1;
        return memory.describe(table);
      },
    }),
  );
  for (let n = 0; n < 20; n++) expect(await deliver(hit())).toBe("ack");
  expect(await letters()).toHaveLength(20);
  expect(looks).toBe(1);
  state.ms += 5_000;
  expect(await deliver(hit())).toBe("ack");
  expect(looks).toBe(2);
  await warehouse.createDataset({ dataset: "later", table: "" });
  expect(await deliver(hit({ replay: 1 }))).toBe("ack");
  expect(await rows({ dataset: "later", table: "orders" })).toHaveLength(1);
});

test.each([
  ["fails", () => Promise.reject(warehouseDown({ why: "quota" }))],
  ["hangs", () => new Promise<never>(() => undefined)],
])("a look at a known table that %s holds up no row", async (_how, describe) => {
  let looks = 0;
  const { deliver, rows, state } = await setup(document, (memory) => ({
    describe: (table) => {
      if (table.table !== "orders") return memory.describe(table);
      looks += 1;
      return looks === 2 ? describe() : memory.describe(table);
    },
  }));
  expect(await deliver(hit())).toBe("ack");
  state.ms += 11 * 60_000;
  for (let n = 0; n < 3; n++) expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toHaveLength(4);
  expect(looks).toBe(2);
  state.ms += 11 * 60_000;
  expect(await deliver(hit())).toBe("ack");
  expect(looks).toBe(3);
});

test("a view that a person must make possible is tried with every look at the table, and views that are there once an hour", async () => {
  let puts = 0;
  let forbidden = true;
  const { deliver, state } = await setup(document, ({ putView }) => ({
    putView: (view, definition) => {
      puts += 1;
      return forbidden
        ? Promise.reject(tableForbidden({ table: "orders_unique", why: "no" }))
        : putView(view, definition);
    },
  }));
  const hitsOfMinutes = async (minutes: number) => {
    for (let n = 0; n < minutes; n++) {
      state.ms += 60_000;
      await deliver(hit());
    }
  };
  await deliver(hit());
  expect(puts).toBe(1);
  await hitsOfMinutes(9);
  expect(puts).toBe(1);
  await hitsOfMinutes(2);
  expect(puts).toBe(2);
  forbidden = false;
  await hitsOfMinutes(11);
  expect(puts).toBe(4);
  await hitsOfMinutes(50);
  expect(puts).toBe(4);
});

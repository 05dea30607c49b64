import { expect, jest, test } from "@jest/globals";
import { rowColumns } from "../../functions/hits/row.ts";
import { rowsRefused, warehouseDown } from "../../functions/problems.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { document, hit, id, orders, receivedAt, setup } from "./setup.ts";

test("a hit becomes a row; the missing table and its views are made by the first one", async () => {
  const { deliver, rows, warehouse } = await setup(document);
  const sent = hit();
  expect(await deliver(sent)).toBe("ack");
  expect(await rows()).toMatchObject([
    {
      hit_id: sent.hit_id,
      payload: "orderId=N1&status=delivered&total=120.13&userId=U1",
      received_at: receivedAt,
      date: "2020-10-19",
    },
  ]);
  expect(await warehouse.describe({ ...orders, table: "orders_unique" })).toMatchObject({ kind: "view" });
  expect(await warehouse.describe({ ...orders, table: "orders_current" })).toMatchObject({ kind: "view" });
});

test("the day is fixed on receipt; only where it is not, it is made at the stream's offset of now", async () => {
  const { deliver, rows } = await setup({
    table: "example.orders",
    offset: "+14:00",
  });
  await deliver(
    hit({
      date: "2020-10-19",
      received_at: Date.parse("2020-10-19T20:00:00Z"),
    }),
  );
  const { date, ...undated } = hit({
    received_at: Date.parse("2020-10-19T20:00:00Z"),
  });
  await deliver(undated);
  expect(date).toBeDefined();
  expect((await rows()).map((row) => row["date"])).toEqual(["2020-10-19", "2020-10-20"]);
});

test("a foreign table without our later columns gets the columns it has, and is left as it is", async () => {
  const { deliver, rows, warehouse } = await setup(document);
  warehouse.putForeign(
    orders,
    rowColumns.slice(0, 4).map(({ name, type }) => ({ name, type, required: false })),
  );
  expect(await deliver(hit())).toBe("ack");
  expect(Object.keys((await rows())[0]!)).toEqual(["hit_id", "payload", "received_at", "date"]);
});

test("a row that the warehouse refuses with fields arrives without them", async () => {
  const position = rowColumns.findIndex(({ name }) => name === "fields");
  const { deliver, rows } = await setup(document, (warehouse) => ({
    append: (table, columns, given, options) =>
      table.table === "orders" && given.some((row) => row[position] !== null)
        ? Promise.reject(
            rowsRefused({
              rows: given.map((_, index) => ({ index, why: "JSON too deep" })),
            }),
          )
        : warehouse.append(table, columns, given, options),
  }));
  expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toMatchObject([{ fields: null }]);
});

test("a table that somebody drops is made again by the next hit", async () => {
  const { deliver, rows, warehouse } = await setup(document);
  await deliver(hit());
  warehouse.dropTable(orders);
  expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
});

test("concurrent hits share appends, and one table's failure leaves the others alone", async () => {
  const appends: string[] = [];
  const { deliver, registry } = await setup(document, (warehouse) => ({
    append: (table, columns, given, options) => {
      appends.push(`${table.table} ${given.length}`);
      if (table.table === "sick") return Promise.reject(warehouseDown({ why: "sick" }));
      return warehouse.append(table, columns, given, options);
    },
  }));
  const sick = "00000000-0000-4000-8000-0000000000aa";
  await registry.write(sick, { table: "example.sick", offset: "UTC" }, null);
  const verdicts = await Promise.all(
    Array.from({ length: 100 }, (_, n) => deliver(hit(n % 2 === 0 ? {} : { stream_id: sick }))),
  );
  expect(verdicts.filter((verdict) => verdict === "ack")).toHaveLength(50);
  expect(appends).toHaveLength(2);
});

test("the log names a stream as its rows do", async () => {
  const { deliver, events } = await setup({ table: 7 });
  await deliver(hit());
  expect(events).toContainEqual(expect.objectContaining({ event: "dead_letter", stream: streamRef(id) }));
});

test.each(["row", "deadLetter"] as const)(
  "a hit that is kept and cannot be counted as a %s does not come again",
  async (what) => {
    const { deliver, rows, letters, activity, events } = await setup(what === "row" ? document : undefined);
    jest.spyOn(activity, what).mockImplementation(() => {
      throw new RangeError("Invalid time value");
    });
    expect(await deliver(hit())).toBe("ack");
    expect([...(await rows().catch(() => [])), ...(await letters())]).toHaveLength(1);
    expect(events).toContainEqual(expect.objectContaining({ severity: "ERROR", event: "count_failed" }));
  },
);

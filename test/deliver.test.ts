import { expect, test } from "@jest/globals";
import { createDeliver } from "../functions/deliver/deliver.ts";
import type { Hit } from "../functions/hit.ts";
import { registryDown, rowsRefused, tableForbidden, warehouseDown } from "../functions/problems.ts";
import { rowColumns, rowSpec } from "../functions/hits/row.ts";
import { streamRef } from "../functions/stream-ref.ts";
import { createStreamCache, freshMs } from "../functions/streams/cache.ts";
import { readStream, type Stream } from "../functions/streams/stream.ts";
import type { TableRef } from "../functions/table.ts";
import type { Warehouse } from "../functions/warehouse.ts";
import { until } from "./support/until.ts";
import { memoryRegistry } from "./support/memory-registry.ts";
import { memoryWarehouse, type MemoryWarehouse } from "./support/memory-warehouse.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const receivedAt = 1603131452000;
const orders = { dataset: "example", table: "orders" };

async function setup(
  document: Record<string, unknown> | undefined,
  faults: (warehouse: MemoryWarehouse) => Partial<Warehouse> = () => ({}),
) {
  const registry = memoryRegistry();
  if (document !== undefined) await registry.write(id, document, null);
  const warehouse = memoryWarehouse();
  await warehouse.createDataset({ dataset: "afterclick", table: "" });
  await warehouse.createDataset(orders);
  const events: Record<string, unknown>[] = [];
  const state = { ms: receivedAt };
  const log = (severity: string, _message: string, fields: Record<string, unknown> = {}) =>
    void events.push({ severity, ...fields });
  const now = () => state.ms;
  const streams = createStreamCache(registry, {
    defaultDataset: "d",
    productDataset: "afterclick",
    elapsed: now,
    log,
  });
  const { deliver, park, owe, mendViews } = createDeliver({
    streams,
    warehouse: { ...warehouse, ...faults(warehouse) },
    productDataset: "afterclick",
    now,
    elapsed: now,
    log,
  });
  const rows = (table = orders) => warehouse.select({ from: table, limit: 100 });
  const letters = () =>
    warehouse
      .select({
        from: { dataset: "afterclick", table: "dead_letter_states" },
        limit: 100,
      })
      .catch(() => []);
  return { registry, warehouse, deliver, park, owe, mendViews, rows, letters, events, state };
}

let count = 0;
const hit = (given: Partial<Hit> = {}): Hit => ({
  hit_id: `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`,
  stream_id: id,
  received_at: receivedAt,
  date: "2020-10-19",
  body: Buffer.from("orderId=N1&status=delivered&total=120.13&userId=U1"),
  ...given,
});

const document = { table: "example.orders", offset: "+00:00", key: "orderId" };

function streamOf(name: string): Stream {
  const lookup = readStream(name, document, { defaultDataset: "conversions" });
  if (lookup.kind !== "valid") throw new Error(`The document is ${lookup.kind}.`);
  return lookup.stream;
}

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

test.each<[string, Record<string, unknown> | undefined, (warehouse: MemoryWarehouse) => void, string]>([
  ["a stream without a document", undefined, () => undefined, "stream_missing"],
  ["an invalid document", { table: "example.orders", offset: "Mars" }, () => undefined, "stream_invalid"],
  ...["afterclick.dead_letters", "afterclick.mine", "p-1.Afterclick.x"].map(
    (table): [string, Record<string, unknown>, () => undefined, string] => [
      `a stream on the product's own dataset (${table})`,
      { table, offset: "UTC" },
      () => undefined,
      "stream_invalid",
    ],
  ),
  ["a missing dataset", { table: "nowhere.orders", offset: "UTC" }, () => undefined, "dataset_missing"],
  [
    "a table with a wrong type",
    document,
    (warehouse) =>
      warehouse.putForeign(
        orders,
        rowColumns.map(({ name }) => ({
          name,
          type: "INT64",
          required: false,
        })),
      ),
    "schema_differs",
  ],
  [
    "a table with a further REQUIRED column",
    document,
    (warehouse) =>
      warehouse.putForeign(orders, [
        ...rowColumns.map(({ name, type }) => ({
          name,
          type,
          required: false,
        })),
        { name: "shop", type: "STRING", required: true },
      ]),
    "schema_differs",
  ],
])(
  "%s loses no hit: it is a dead letter with its reason, byte for byte, and logged",
  async (_, given, prepare, reason) => {
    const { deliver, letters, events, warehouse } = await setup(given);
    prepare(warehouse);
    const sent = hit({ body: Buffer.from([0xff, 0x00]) });
    expect(await deliver(sent)).toBe("ack");
    expect(await letters()).toMatchObject([{ hit_id: sent.hit_id, reason, state: "waiting", attempt: 0 }]);
    const [letter] = await warehouse.select({
      from: { dataset: "afterclick", table: "dead_letters" },
      limit: 1,
    });
    expect(Buffer.from(letter!["body"] as Uint8Array)).toEqual(Buffer.from([0xff, 0x00]));
    expect(events).toContainEqual(
      expect.objectContaining({
        event: "dead_letter",
        reason,
        hit_id: sent.hit_id,
      }),
    );
    expect(JSON.stringify(events)).not.toContain(id);
  },
);

test("a foreign table without our later columns gets the columns it has, and is left as it is", async () => {
  const { deliver, rows, warehouse } = await setup(document);
  warehouse.putForeign(
    orders,
    rowColumns.slice(0, 4).map(({ name, type }) => ({ name, type, required: false })),
  );
  expect(await deliver(hit())).toBe("ack");
  expect(Object.keys((await rows())[0]!)).toEqual(["hit_id", "payload", "received_at", "date"]);
});

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

test("a replayed hit that arrives is marked delivered", async () => {
  const { deliver, letters, rows } = await setup({
    table: "nowhere.orders",
    offset: "UTC",
  });
  const sent = hit();
  await deliver(sent);
  const mended = await setup(document);
  await mended.deliver({ ...sent, replay: 1 });
  expect(await mended.rows()).toHaveLength(1);
  expect(
    await mended.warehouse.select({
      from: { dataset: "afterclick", table: "dead_letter_events" },
      limit: 9,
    }),
  ).toMatchObject([{ hit_id: sent.hit_id, attempt: 1, event: "delivered" }]);
  expect(await letters()).toHaveLength(1);
  expect(await rows({ dataset: "nowhere", table: "orders" }).catch(() => [])).toEqual([]);
});

test("what passes by itself is no dead letter: the hit comes again", async () => {
  const { deliver, letters, state, events } = await setup(document, () => ({
    append: () => Promise.reject(warehouseDown({ why: "quota" })),
  }));
  expect(state.ms).toBe(receivedAt);
  expect(await deliver(hit())).toBe("later");
  expect(await letters()).toEqual([]);
  expect(events).toContainEqual(expect.objectContaining({ event: "deliver_failed" }));
});

test("a hit whose bytes were altered in the queue is a dead letter of its own reason, with the bytes as they are", async () => {
  const { deliver, letters } = await setup(document);
  const body = Buffer.from([0xff, 0x00]);
  const altered = hit({ body, altered: true });
  expect(await deliver(altered)).toBe("ack");
  const [letter] = await letters();
  expect(letter).toMatchObject({ hit_id: altered.hit_id, reason: "bytes_altered", state: "waiting" });
  expect(Buffer.from(letter!["body"] as Uint8Array)).toEqual(body);
});

test("an outage is told once a table and minute, with how many lines were left out", async () => {
  const { deliver, registry, warehouse, events, state } = await setup(document, () => ({
    append: () => Promise.reject(warehouseDown({ why: "away" })),
  }));
  const other = "00000000-0000-4000-8000-00000000000a";
  await registry.write(other, { ...document, table: "other.orders" }, null);
  await warehouse.createDataset({ dataset: "other", table: "" });
  const told = () => events.filter(({ event }) => event === "deliver_failed");
  for (let n = 0; n < 5; n++) {
    expect(await deliver(hit())).toBe("later");
    expect(await deliver(hit({ stream_id: other }))).toBe("later");
  }
  expect(told()).toHaveLength(2);
  state.ms += 60_000;
  expect(await deliver(hit())).toBe("later");
  expect(told().slice(2)).toEqual([expect.objectContaining({ left_out: 4 })]);
  state.ms += 60_000;
  expect(await deliver(hit())).toBe("later");
  expect(told().slice(3)).toEqual([expect.not.objectContaining({ left_out: expect.anything() })]);
});

test("an unknown failure loses no hit either: it comes again", async () => {
  const { deliver } = await setup(document, () => ({
    describe: () => Promise.reject(new Error("bug")),
  }));
  expect(await deliver(hit())).toBe("later");
});

test("a registry that is away delays unknown streams, and makes no dead letters", async () => {
  const { registry, deliver, state } = await setup(document);
  expect(await deliver(hit())).toBe("ack");
  registry.read = () => Promise.reject(registryDown({ why: "away" }));
  state.ms += freshMs;
  expect(await deliver(hit())).toBe("ack");
  expect(await deliver(hit({ stream_id: "00000000-0000-4000-8000-000000000000" }))).toBe("later");
});

test("where even the dead letter cannot be written, the hit stays in the queue", async () => {
  const { deliver } = await setup(undefined, () => ({
    append: () => Promise.reject(warehouseDown({ why: "away" })),
  }));
  expect(await deliver(hit())).toBe("later");
});

test("a hit that was given up on is tried once more, then kept as a dead letter", async () => {
  let down = true;
  const { park, letters, rows } = await setup(document, (warehouse) => ({
    append: (table, ...rest) =>
      down && table.table === "orders"
        ? Promise.reject(warehouseDown({ why: "away" }))
        : warehouse.append(table, ...rest),
  }));
  const sent = hit();
  expect(await park(sent)).toBe("ack");
  expect(await letters()).toMatchObject([{ hit_id: sent.hit_id, reason: "gave_up" }]);
  down = false;
  expect(await park(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
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
  const { deliver, rows, state, mendViews } = await setup(document, ({ putView }) => ({
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
    await mendViews();
    expect(tried).toBe(tries);
  }
  fails = false;
  state.ms += 900_000;
  await mendViews();
  expect(await rows({ ...orders, table: "orders_unique" })).toHaveLength(1);
  expect(await rows({ ...orders, table: "orders_current" })).toHaveLength(1);
  state.ms += 86_400_000;
  const there = tried;
  await mendViews();
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
  const { warehouse, deliver, owe, mendViews, rows, state } = await setup(document, (given) => ({
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
  await mendViews();
  expect(calls.slice(before)).toEqual([]);
  expect(await warehouse.describe({ ...orders, table: "orders_unique" })).toMatchObject({ kind: "view" });
  expect(await warehouse.describe(table)).toBeUndefined();
  expect(
    await warehouse.describe({ dataset: "afterclick", table: "dead_letters_unique" }).catch(() => undefined),
  ).toBeUndefined();
  state.ms += 3_600_000;
  await mendViews();
  expect(await deliver(hit())).toBe("ack");
  expect(await rows()).toHaveLength(1);
});

test("a sick view that is owed holds up neither rows nor the other owed views", async () => {
  const { warehouse, deliver, owe, mendViews, rows } = await setup(document, ({ putView }) => ({
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
  void mendViews();
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

test("a table in the place of the dead letters' own is named, with what it lacks; the hit waits", async () => {
  const { deliver, warehouse, events } = await setup(undefined);
  await warehouse.createTable(
    { dataset: "afterclick", table: "dead_letters" },
    {
      description: "",
      columns: rowColumns,
      partitionBy: "date",
      clusterBy: [],
    },
  );
  expect(await deliver(hit())).toBe("later");
  expect(events).toContainEqual(
    expect.objectContaining({
      severity: "ERROR",
      detail: expect.stringMatching(/afterclick\.dead_letters .* column reason STRING is missing.*rename it/),
    }),
  );
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

test("a table that a person must mend is looked at every five seconds, not for each hit; a replay looks at once", async () => {
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

test("a replayed hit whose event cannot be written becomes one row, however often it comes", async () => {
  let fails = true;
  const { deliver, rows, warehouse } = await setup(document, ({ append }) => ({
    append: (table, ...given) =>
      fails && table.table === "dead_letter_events"
        ? Promise.reject(warehouseDown({ why: "events" }))
        : append(table, ...given),
  }));
  const sent = hit({ replay: 1 });
  for (let n = 0; n < 3; n++) expect(await deliver(sent)).toBe("later");
  fails = false;
  expect(await deliver(sent)).toBe("ack");
  expect(await rows()).toHaveLength(1);
  expect(
    await warehouse.select({
      from: { dataset: "afterclick", table: "dead_letter_events" },
      limit: 9,
    }),
  ).toHaveLength(1);
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

test("a hit that was kept apart is a dead letter, also where the document reads well by now; a person's replay is a row", async () => {
  const { deliver, rows, letters } = await setup(document);
  const apart = hit({ kept_apart: true });
  expect(await deliver(apart)).toBe("ack");
  expect(await rows().catch(() => [])).toEqual([]);
  expect(await letters()).toMatchObject([{ hit_id: apart.hit_id, reason: "kept_apart", kept_apart: true }]);
  expect(await deliver({ ...apart, replay: 1 })).toBe("ack");
  expect(await rows()).toMatchObject([{ hit_id: apart.hit_id }]);
});

test("the log names a stream as its rows do", async () => {
  const { deliver, events } = await setup({ table: 7 });
  await deliver(hit());
  expect(events).toContainEqual(expect.objectContaining({ event: "dead_letter", stream: streamRef(id) }));
});

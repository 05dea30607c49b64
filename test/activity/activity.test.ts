import { expect, test } from "@jest/globals";
import { createActivity } from "../../functions/activity/activity.ts";
import { readReasons, refusedMessage } from "../../functions/activity/refused.ts";
import { tableForbidden, warehouseDown } from "../../functions/problems.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { document, hit, id, receivedAt, setup } from "../deliver/setup.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

const minuteMs = 60_000;
const minute = Math.floor(receivedAt / minuteMs) * minuteMs;
const stream_ref = streamRef(id);

test("a minute is written with the first hit after it, one row for all its hits", async () => {
  const { deliver, counted, state } = await setup(document);
  await deliver(hit());
  state.ms += 2_000;
  await deliver(hit({ received_at: receivedAt + 1_000, body: Buffer.from("orderId=N2") }));
  expect(await counted()).toEqual([]);
  state.ms += minuteMs;
  await deliver(hit({ received_at: state.ms }));
  const found = await counted();
  expect(found).toMatchObject([
    { stream_ref, date: "2020-10-19", minute, minutes: 1, hits: 2, bytes: 60, last_at: receivedAt + 1_000 },
  ]);
  expect(found[0]).not.toHaveProperty("tests");
  expect(found[0]).not.toHaveProperty("dead_letters");
});

test("the end of the process writes what was counted since", async () => {
  const { activity, deliver, counted } = await setup(document);
  await deliver(hit());
  await activity.write(1_000);
  expect(await counted()).toMatchObject([{ hits: 1 }]);
  await activity.write(1_000);
  expect(await counted()).toHaveLength(1);
});

test("a hit counts in the minute and on the day of its receipt, however late it is delivered", async () => {
  const { activity, deliver, counted, state } = await setup(document);
  state.ms += 3 * 86_400_000;
  await deliver(hit());
  await activity.write(1_000);
  expect(await counted()).toMatchObject([{ date: "2020-10-19", minute, hits: 1, at: state.ms }]);
});

test("tests are counted apart, and neither their bytes nor their delay", async () => {
  const { activity, deliver, counted } = await setup(document);
  await deliver(hit({ is_test: true }));
  await activity.write(1_000);
  const [row] = await counted();
  expect(row).toMatchObject({ tests: 1 });
  for (const name of ["hits", "bytes", "last_at", "delay_p50_ms", "looked"])
    expect(row).not.toHaveProperty(name);
});

test("the delay to the row is told to a tenth", async () => {
  const { activity, deliver, counted, state } = await setup(document);
  for (let n = 1; n <= 100; n++) {
    state.ms = receivedAt + n * 100;
    await deliver(hit());
  }
  await activity.write(1_000);
  const [{ delay_p50_ms: half, delay_p95_ms: most } = {}] = await counted();
  expect(Math.abs(Number(half) / 5_000 - 1)).toBeLessThan(0.1);
  expect(Math.abs(Number(most) / 9_500 - 1)).toBeLessThan(0.1);
});

test("how many keys and times could be read is told of the first 20 hits", async () => {
  const { activity, deliver, counted } = await setup({ ...document, updated: "at" });
  const bodies = ["orderId=N1&at=2020-10-19", "orderId=N2&at=soon", "at=2020-10-19", "no form"];
  for (const body of bodies) await deliver(hit({ body: Buffer.from(body) }));
  await activity.write(1_000);
  expect(await counted()).toMatchObject([{ looked: 4, with_key: 2, with_time: 2 }]);
  for (let n = 0; n < 30; n++) await deliver(hit());
  await activity.write(1_000);
  expect((await counted())[1]).toMatchObject({ hits: 30, looked: 20, with_key: 20, with_time: 0 });
});

test("of a batch, the key must be in every item", async () => {
  const { activity, deliver, counted } = await setup({ ...document, items: "orders" });
  const whole = { orders: [{ orderId: 1 }, { orderId: 2 }] };
  const half = { orders: [{ orderId: 1 }, { id: 2 }] };
  for (const body of [whole, half, {}]) await deliver(hit({ body: Buffer.from(JSON.stringify(body)) }));
  await activity.write(1_000);
  expect(await counted()).toMatchObject([{ looked: 3, with_key: 1 }]);
});

test("a dead letter counts once, and its replay's row as a hit of the day it was received", async () => {
  const { activity, deliver, counted, registry, state } = await setup({ table: 7 });
  const sent = hit();
  await deliver(sent);
  await deliver({ ...sent, replay: 1 });
  const { version } = (await registry.read(id, { deadlineMs: 1_000 }))!;
  await registry.write(id, document, version);
  state.ms += 2_000;
  await deliver({ ...sent, replay: 2 });
  await activity.write(1_000);
  const [row] = await counted();
  expect(row).toMatchObject({ stream_ref, date: "2020-10-19", hits: 1, dead_letters: 1 });
  expect(row).not.toHaveProperty("delay_p50_ms");
});

test("hits of streams that are not there are counted together, whatever their ids", async () => {
  const { activity, deliver, counted } = await setup(undefined);
  for (let n = 0; n < 5; n++) await deliver(hit({ stream_id: `00000000-0000-4000-8000-00000000000${n}` }));
  await activity.write(1_000);
  const found = await counted();
  expect(found).toMatchObject([{ dead_letters: 5 }]);
  expect(found[0]).not.toHaveProperty("stream_ref");
});

test("a hit that comes again later is counted when it arrives, and parked ones as dead letters", async () => {
  let isSick = true;
  const { activity, deliver, park, counted } = await setup(document, (warehouse) => ({
    append: (table, ...rest) =>
      isSick && table.table === "orders"
        ? Promise.reject(warehouseDown({ why: "sick" }))
        : warehouse.append(table, ...rest),
  }));
  const sent = hit();
  expect(await deliver(sent)).toBe("later");
  expect(await park(hit())).toBe("ack");
  isSick = false;
  expect(await deliver(sent)).toBe("ack");
  await activity.write(1_000);
  expect(await counted()).toMatchObject([{ hits: 1, dead_letters: 1 }]);
});

test("refused requests are counted by reason, and are neither rows nor dead letters", async () => {
  const { activity, deliver, park, counted, rows, letters } = await setup(document);
  const reasons = new Map([
    ["stream_paused", 3],
    ["too_large", 1],
  ]);
  expect(await deliver(refusedMessage({ stream_id: id, minute, date: "2020-10-20", reasons }))).toBe("ack");
  expect(await park(refusedMessage({ stream_id: id, minute, reasons }))).toBe("ack");
  await activity.write(1_000);
  expect(await counted()).toMatchObject([
    { stream_ref, date: "2020-10-20", minute, refused: 3, refused_reason: "stream_paused" },
    { stream_ref, date: "2020-10-20", minute, refused: 1, refused_reason: "too_large" },
    { stream_ref, date: "2020-10-19", minute, refused: 3, refused_reason: "stream_paused" },
    { stream_ref, date: "2020-10-19", minute, refused: 1, refused_reason: "too_large" },
  ]);
  expect(await rows().catch(() => [])).toEqual([]);
  expect(await letters()).toEqual([]);
});

test("a count that somebody else wrote counts nothing that is none", () => {
  const of = (text: string) => readReasons({ ...hit(), body: Buffer.from(text), refused: true });
  for (const text of [
    "",
    "null",
    "[",
    '"text"',
    '{"a b":1}',
    '{"stream_paused":"many"}',
    '{"x":-1}',
    '{"x":0}',
  ])
    expect(of(text)).toEqual([]);
});

test("activity that cannot be written fails no hit, and goes with a later minute", async () => {
  let isSick = true;
  const { activity, deliver, counted, rows, state, events } = await setup(document, (warehouse) => ({
    append: (table, ...rest) =>
      isSick && table.table === "activity"
        ? Promise.reject(tableForbidden({ table: "afterclick.activity", why: "test" }))
        : warehouse.append(table, ...rest),
  }));
  for (let n = 0; n < 3; n++) {
    expect(await deliver(hit({ received_at: state.ms }))).toBe("ack");
    state.ms += minuteMs;
  }
  await activity.write(1_000);
  expect(await rows()).toHaveLength(3);
  expect(await counted()).toEqual([]);
  expect(events.filter(({ event }) => event === "activity_failed")).toHaveLength(1);
  isSick = false;
  await deliver(hit({ received_at: state.ms }));
  await activity.write(1_000);
  expect((await counted()).map((row) => row["hits"])).toEqual([1, 1, 1, 1]);
});

test("a hit does not wait for activity that hangs", async () => {
  const { deliver, rows, state } = await setup(document, (warehouse) => ({
    append: (table, ...rest) =>
      table.table === "activity" ? new Promise<void>(() => undefined) : warehouse.append(table, ...rest),
  }));
  for (let n = 0; n < 5; n++) {
    expect(await deliver(hit())).toBe("ack");
    state.ms += minuteMs;
  }
  expect(await rows()).toHaveLength(5);
});

test("a table that somebody drops is made again", async () => {
  const { activity, deliver, counted, warehouse } = await setup(document);
  await deliver(hit());
  await activity.write(1_000);
  warehouse.dropTable({ dataset: "afterclick", table: "activity" });
  await deliver(hit());
  await activity.write(1_000);
  expect(await counted()).toMatchObject([{ hits: 1 }]);
});

/** Counters of a product that nothing can be written to, and what it logs. */
function counters(now: () => number) {
  const warehouse = memoryWarehouse();
  const events: Record<string, unknown>[] = [];
  let isSick = true;
  const written: unknown[] = [];
  const activity = createActivity({
    warehouse: {
      ...warehouse,
      append: async (table, columns, rows, options) => {
        if (isSick) throw warehouseDown({ why: "sick" });
        await warehouse.append(table, columns, rows, options);
        written.push(...rows);
      },
    },
    productDataset: "afterclick",
    now,
    log: (_severity, _message, fields) => void events.push(fields ?? {}),
  });
  const heal = async () => {
    await warehouse.createDataset({ dataset: "afterclick", table: "" });
    isSick = false;
    await activity.write(1_000);
  };
  return { activity, events, written, heal };
}

const lookup = readStream(id, document, { defaultDataset: "d" });
const stream = lookup.kind === "valid" ? lookup.stream : undefined;
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

test("what cannot be written is kept to a bound, and the log says what is left out", async () => {
  const { activity, events, written, heal } = counters(() => receivedAt);
  for (let n = 0; n < 12_000; n++) {
    activity.row(hit({ stream_id: idOf(n) }), stream!, []);
    if (n % 1_000 === 0) await activity.write(1_000);
  }
  await heal();
  expect(written).toHaveLength(10_000);
  const left = events.filter(({ event }) => event === "activity_left_out").map(({ rows }) => Number(rows));
  expect(left.reduce((sum, rows) => sum + rows, 0)).toBe(2_000);
});

test.each([
  [50, 1],
  [51, 5],
  [251, 10],
])("after a minute of %d streams a row stands for %d minutes", async (streams, minutes) => {
  const { activity, written, heal } = counters(() => receivedAt);
  const round = () => {
    for (let n = 0; n < streams; n++) activity.row(hit({ stream_id: idOf(n) }), stream!, []);
  };
  round();
  await activity.write(1_000);
  round();
  await heal();
  const [last] = written.slice(-1) as (readonly unknown[])[];
  expect(written).toHaveLength(2 * streams);
  expect(last!.slice(2, 4)).toEqual([
    Math.floor(receivedAt / (minutes * minuteMs)) * minutes * minuteMs,
    minutes,
  ]);
});

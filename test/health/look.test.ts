import { expect, test } from "@jest/globals";
import { activity, activityRow, activityTable } from "../../functions/activity/tables.ts";
import { createHealth } from "../../functions/health/health.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { makeOwnTable } from "../../functions/own-table.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import { readAll } from "../../functions/streams/reading.ts";
import type { Selection } from "../../functions/warehouse.ts";
import { openAdmin } from "../support/admin.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

const productDataset = "afterclick";
const hour = 3_600_000;
const noon = Date.parse("2026-11-27T12:00:00Z");
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const documentOf = (n: number) => ({ table: `shop.t${n}`, offset: "UTC", name: `Stream ${n}` });

/** Counters of these streams: 6 hits at the begin of each hour, from 30 days before `noon` up to a moment. */
async function counted(until: Readonly<Record<number, number>>) {
  const warehouse = memoryWarehouse();
  await warehouse.createDataset({ dataset: productDataset, table: "" });
  await makeOwnTable(warehouse, activityTable(productDataset), activity);
  const rows = Object.entries(until).flatMap(([n, end]) => {
    const rows = [];
    for (let minute = noon - 30 * 24 * hour; minute < end; minute += hour)
      rows.push(
        activityRow({
          stream_ref: streamRef(idOf(Number(n))),
          date: new Date(minute).toISOString().slice(0, 10),
          minute,
          minutes: 1,
          hits: 6,
          last_at: minute + 30_000,
          delay_p95_ms: 100,
          instance: "a",
          at: minute + 60_000,
        }),
      );
    return rows;
  });
  await warehouse.append(activityTable(productDataset), activity.columns, rows, { deadlineMs: 1_000 });
  return warehouse;
}

const readingsOf = (ids: readonly number[]) =>
  readAll(
    ids.map((n) => ({ id: idOf(n), document: documentOf(n), version: "1" })),
    { defaultDataset: "d", productDataset },
  );

function healthOf(warehouse: ReturnType<typeof memoryWarehouse>, documents = memoryDocuments()) {
  const letters = letterStore({ warehouse, productDataset, log: () => undefined });
  return createHealth({ warehouse, productDataset, documents, letters, now: () => noon });
}

test("what was learned tells a silence, and a process that begins reads it from the documents", async () => {
  const warehouse = await counted({ 1: noon, 2: noon - 4 * hour });
  const documents = memoryDocuments();
  const readings = readingsOf([1, 2, 3]);
  await healthOf(warehouse, documents).learn(readings);
  const told = await healthOf(warehouse, documents).look(readings, { seesPayloads: true });
  expect(told.map(({ verdict: { badge }, sentence }) => [badge, sentence])).toEqual([
    ["healthy", "72 hits by 12:00; on the last four Fridays 66 to 78 by this hour."],
    ["silent", expect.stringMatching(/^No hit since Fri 27 Nov 07:00, for 4 h 59 min; usually none/)],
    ["new", "No hit yet."],
  ]);
});

test("a day is learned once, by whichever instance is quicker, and kept for six weeks", async () => {
  const warehouse = await counted({ 1: noon });
  const documents = memoryDocuments();
  const readings = readingsOf([1]);
  const asked: Selection[] = [];
  const select = async (selection: Selection) => {
    asked.push(selection);
    return warehouse.select(selection);
  };
  const [one, other] = [0, 1].map(() => healthOf({ ...warehouse, select }, documents)) as [
    ReturnType<typeof healthOf>,
    ReturnType<typeof healthOf>,
  ];
  await Promise.all([one.learn(readings), other.learn(readings)]);
  expect(await documents.list("health", { limit: 100 })).toHaveLength(42);
  asked.length = 0;
  await one.learn(readings);
  await other.learn(readings);
  expect(asked).toEqual([]);
});

test("before anything is learned, a look says so and learns nothing", async () => {
  const warehouse = await counted({ 1: noon });
  const documents = memoryDocuments();
  const [told] = await healthOf(warehouse, documents).look(readingsOf([1]), { seesPayloads: true });
  expect(told?.sentence).toMatch(/^72 hits by 12:00; what is usual is known/);
  expect(await documents.list("health", { limit: 1 })).toEqual([]);
});

test("the API tells it of one stream and in the list, and of none that is not there", async () => {
  const warehouse = await counted({ 1: noon, 2: noon - 4 * hour });
  const documents = memoryDocuments();
  await healthOf(warehouse, documents).learn(readingsOf([1, 2]));
  const { ask, registry } = await openAdmin({ warehouse, documents, now: () => noon });
  for (const n of [1, 2]) registry.put(idOf(n), documentOf(n));
  expect((await ask("GET", `/v1/streams/${idOf(2)}/health`)).json).toMatchObject({
    id: idOf(2),
    name: "Stream 2",
    at: noon,
    badge: "silent",
    silent_after_ms: expect.any(Number),
    last_hit_at: noon - 5 * hour + 30_000,
  });
  expect((await ask("GET", `/v1/streams/${idOf(1)}/health`)).json).toMatchObject({
    badge: "healthy",
    usual: { lowest: 66, highest: 78, weeks: 4 },
  });
  const { streams } = (await ask("GET", "/v1/streams?activity=true")).json;
  expect(streams).toMatchObject([{ health: { badge: "healthy" } }, { health: { badge: "silent" } }]);
  expect((await ask("GET", "/v1/streams")).json.streams[0]).not.toHaveProperty("health");
  expect((await ask("GET", `/v1/streams/${idOf(9)}/health`)).json.code).toBe("stream_unknown");
});

/** As BigQuery bills it: each column that a statement names, for each row of the days that it names. */
function bytesRead({ columns = [], measures = {}, where = [] }: Selection, rowsADay: number): number {
  const measured = Object.values(measures).flatMap((one) => (one.is === "count" ? [] : [one.column]));
  const named = new Set([...columns, ...measured, ...where.map(({ column }) => column)]);
  const sparse = ["refused", "refused_reason"];
  const row = [...named].reduce(
    (sum, name) => sum + (name === "stream_ref" ? 14 : sparse.includes(name) ? 0 : 8),
    0,
  );
  const date = where.find(({ column }) => column === "date")!;
  return row * rowsADay * (Array.isArray(date.value) ? date.value.length : 1);
}

test("with 500 streams a look reads at most 16 MB, and a check that learns a day 5 MB more", async () => {
  const warehouse = await counted({});
  const asked: Selection[] = [];
  const select = async (selection: Selection) => {
    if (selection.from.table === "activity") asked.push(selection);
    return [];
  };
  const health = healthOf({ ...warehouse, select });
  const readings = readingsOf(Array.from({ length: 500 }, (_, n) => n));
  const sum = () => asked.splice(0).reduce((all, one) => all + bytesRead(one, 500 * 144), 0);
  await health.look(readings, { seesPayloads: true });
  const look = sum();
  expect(look).toBeGreaterThan(5_000_000);
  expect(look).toBeLessThan(16_000_000);
  await health.learn(readings);
  expect(asked).toHaveLength(42);
  expect(sum() / 42).toBeLessThan(5_000_000);
});

import { randomUUID } from "node:crypto";
import { expect } from "@jest/globals";
import { createActivity } from "../../../functions/activity/activity.ts";
import { checkActivity } from "../../../functions/activity/check.ts";
import { readActivity } from "../../../functions/activity/read.ts";
import { refusedMessage } from "../../../functions/activity/refused.ts";
import { activityDaysTable, activityTable } from "../../../functions/activity/tables.ts";
import type { Hit } from "../../../functions/hit.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { readAll, type Reading, writing } from "../../../functions/streams/reading.ts";
import { columns, deadlineMs, row, type Promised, type Setup } from "./setup.ts";

/** What stands on a warehouse: the counts of what arrived, written and read. */

const lookedAt = Date.parse("2026-11-27T10:30:20Z");
const hourMs = 3_600_000;

/** Streams, and what counts their hits. */
function counting({ warehouse, freshTable }: Setup, documents: readonly Record<string, unknown>[]) {
  const { dataset: productDataset } = freshTable();
  const readings = readAll(
    documents.map((document) => ({ id: randomUUID(), document, version: "1" })),
    { defaultDataset: "d" },
  );
  const clock = { ms: lookedAt };
  const ports = { warehouse, productDataset, now: () => clock.ms, log: () => undefined };
  const activity = createActivity(ports);
  const arrive = (reading: Reading, at: string, given: Partial<Hit> = {}) => {
    const received_at = Date.parse(at);
    const body = Buffer.from("a=1");
    const stream = writing(reading)!;
    const date = stream.calendar(received_at);
    const hit = { hit_id: randomUUID(), stream_id: reading.id, received_at, date, body, ...given };
    activity.row(hit, stream, []);
    return hit;
  };
  return { ports, readings, activity, arrive, clock };
}

export function activityPromises(promise: Promised): void {
  promise("what arrived is told by stream: today, a week ago, and each day", async (setup) => {
    const table = "shop.orders";
    const { ports, readings, activity, arrive } = counting(setup, [
      { table, offset: "UTC" },
      { table, offset: "+14:00" },
      { table, offset: "UTC" },
    ]);
    const [here, east, quiet] = readings as [Reading, Reading, Reading];
    const looked = async (...of: Reading[]) => (await readActivity(ports, of)).streams;
    expect(await looked(here)).toMatchObject([{ today: { hits: 0, checked: false } }]);

    for (const minute of [0, 1, 2]) arrive(here, `2026-11-27T10:0${minute}:00Z`);
    arrive(here, "2026-11-27T10:05:00Z", { is_test: true });
    arrive(here, "2026-11-26T23:59:59Z");
    for (let n = 0; n < 4; n++) arrive(here, "2026-11-20T09:00:00Z");
    for (let n = 0; n < 5; n++) arrive(here, "2026-11-20T11:00:00Z");
    arrive(east, "2026-11-27T10:10:00Z");
    activity.deadLetter({ ...arrive(east, "2026-11-27T10:11:00Z") }, true);
    const reasons = new Map([["stream_paused", 2]]);
    const minute = Date.parse("2026-11-27T10:00:00Z");
    activity.refused(refusedMessage({ stream_id: here.id, minute, reasons }));
    await activity.write(30_000);
    await setup.rows({ from: activityTable(ports.productDataset), limit: 100 }, 10);

    const [first, second, third] = await looked(here, east, quiet);
    expect(first).toMatchObject({
      stream_ref: streamRef(here.id),
      last_hit_at: Date.parse("2026-11-27T10:02:00Z"),
      today: { date: "2026-11-27", hits: 3, tests: 1, refused: 2, refused_reasons: { stream_paused: 2 } },
      week_ago: { date: "2026-11-20", hits: 4 },
    });
    expect(first!.days).toHaveLength(14);
    expect(first!.days[0]).toEqual({ date: "2026-11-14", checked: false });
    expect(first!.days[12]).toMatchObject({ date: "2026-11-26", hits: 1, refused: 0, checked: false });
    expect(second).toMatchObject({ today: { date: "2026-11-28", hits: 2, dead_letters: 1 } });
    expect(third).not.toHaveProperty("last_hit_at");
    expect(third).toMatchObject({ today: { hits: 0 }, week_ago: { hits: 0 } });
    expect(await looked(east)).toEqual([second]);
  });

  promise("a day that is over is counted in the table, and a difference is shown", async (setup) => {
    const { warehouse, made, append, rows } = setup;
    const table = await made();
    const document = { table: `${table.dataset}.${table.table}`, offset: "UTC" };
    const { ports, readings, activity, arrive, clock } = counting(setup, [document, document]);
    const [lossy, other] = readings as [Reading, Reading];
    const date = "2026-11-26";
    const inTable = (reading: Reading, hit_id: string, is_test = false) =>
      row({ hit_id, date, stream_ref: streamRef(reading.id), is_test });
    const check = () => checkActivity(ports, readings, { timeMs: 60_000, tablesAtOnce: 2 });
    const yesterday = async () =>
      (await readActivity(ports, readings)).streams.map(({ days }) => days.at(-2));

    // Five hits, one of them twice, and a test: the process was killed before it had written
    // what it knew of the last.
    const written = ["a", "b", "c", "d", "e", "e"].map((hit_id) => inTable(lossy, hit_id));
    await append(table, [...written, inTable(lossy, "t", true), inTable(other, "f")]);
    for (let n = 0; n < 4; n++) arrive(lossy, `${date}T10:00:00Z`);
    arrive(lossy, `${date}T10:00:00Z`, { is_test: true });
    arrive(other, `${date}T10:00:00Z`);
    await activity.write(30_000);
    const counters = { from: activityTable(ports.productDataset), limit: 100 };
    await rows(counters, 2);
    await rows({ from: table, limit: 20 }, 8);
    expect(await yesterday()).toMatchObject([{ hits: 4, checked: false }, { hits: 1 }]);
    clock.ms += hourMs;

    expect(await check()).toEqual({ days: 26, differing: 1, skipped: [] });
    const days = { from: activityDaysTable(ports.productDataset), limit: 100 };
    await rows(days, 26);
    expect(await yesterday()).toMatchObject([
      { date, hits: 5, tests: 1, checked: true, difference: 2 },
      { date, hits: 1, tests: 0, checked: true, difference: 0 },
    ]);
    expect(await check()).toEqual({ days: 0, differing: 0, skipped: [] });

    // A hit of that day arrives late.
    await append(table, [inTable(other, "g")]);
    arrive(other, `${date}T23:59:00Z`);
    await activity.write(30_000);
    await rows(counters, 3);
    await rows({ from: table, limit: 20 }, 9);
    clock.ms += 1_000;
    expect(await check()).toEqual({ days: 1, differing: 0, skipped: [] });
    await rows(days, 27);
    expect(await yesterday()).toMatchObject([{ hits: 5 }, { hits: 2, checked: true, difference: 0 }]);
    expect(await warehouse.describe(table)).toMatchObject({ kind: "table" });
  });

  promise("a table that cannot be counted leaves its days about, and is tried again", async (setup) => {
    const { warehouse, made, retried, rows } = setup;
    const table = await made(columns.slice(0, 4));
    const document = { table: `${table.dataset}.${table.table}`, offset: "UTC" };
    const { ports, readings, activity, arrive, clock } = counting(setup, [document, document]);
    const bounds = { timeMs: 60_000, tablesAtOnce: 2 };
    arrive(readings[0]!, "2026-11-26T10:00:00Z");
    await activity.write(30_000);
    await rows({ from: activityTable(ports.productDataset), limit: 9 }, 1);
    const { skipped, ...rest } = await checkActivity(ports, readings, bounds);
    expect(rest).toEqual({ days: 26, differing: 0 });
    expect(skipped).toEqual([
      { table: document.table, why: expect.stringContaining("no column stream_ref") },
    ]);
    await rows({ from: activityDaysTable(ports.productDataset), limit: 99 }, 26);
    const { streams } = await readActivity(ports, readings);
    expect(streams[0]!.days.at(-2)).toMatchObject({ hits: 1, checked: false });

    // Of one stream alone it can be, without that column.
    const written = [row({ hit_id: "a", date: "2026-11-26" }).slice(0, 4)];
    await retried(() => warehouse.append(table, columns.slice(0, 4), written, { deadlineMs }));
    await rows({ from: table, limit: 9 }, 1);
    clock.ms += hourMs;
    const alone = readings.slice(0, 1);
    expect(await checkActivity(ports, alone, bounds)).toEqual({ days: 13, differing: 0, skipped: [] });
    await rows({ from: activityDaysTable(ports.productDataset), limit: 99 }, 39);
    expect((await readActivity(ports, alone)).streams[0]!.days.at(-2)).toMatchObject({
      hits: 1,
      checked: true,
    });
  });
}

import { randomUUID } from "node:crypto";
import { expect } from "@jest/globals";
import { createActivity } from "../../../functions/activity/activity.ts";
import { readActivity } from "../../../functions/activity/read.ts";
import { refusedMessage } from "../../../functions/activity/refused.ts";
import { activityTable } from "../../../functions/activity/tables.ts";
import type { Hit } from "../../../functions/hit.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { readAll, type Reading, writing } from "../../../functions/streams/reading.ts";
import type { Promised, Setup } from "./setup.ts";

/** What stands on a warehouse: the counts of what arrived, written and read. */

const now = Date.parse("2026-11-27T10:30:20Z");

/** Streams, and what counts their hits. */
function counting({ warehouse, freshTable }: Setup, documents: readonly Record<string, unknown>[]) {
  const { dataset: productDataset } = freshTable();
  const readings = readAll(
    documents.map((document) => ({ id: randomUUID(), document, version: "1" })),
    { defaultDataset: "d" },
  );
  const ports = { warehouse, productDataset, now: () => now };
  const activity = createActivity({ ...ports, log: () => undefined });
  const arrive = (reading: Reading, at: string, given: Partial<Hit> = {}) => {
    const received_at = Date.parse(at);
    const body = Buffer.from("a=1");
    const stream = writing(reading)!;
    const date = stream.calendar(received_at);
    const hit = { hit_id: randomUUID(), stream_id: reading.id, received_at, date, body, ...given };
    activity.row(hit, stream, []);
    return hit;
  };
  return { ports, readings, activity, arrive };
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
    await setup.rows({ from: activityTable(ports.productDataset), limit: 100 }, 11);

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
}

import { expect, test } from "@jest/globals";
import type { Hit } from "../../../functions/hit.ts";
import { batchBytesMax } from "../../../functions/letters/choose.ts";
import { answerTooLarge, datasetMissing, queryRefused } from "../../../functions/problems.ts";
import type { Selection } from "../../../functions/warehouse.ts";
import { hit, open, orders } from "./setup.ts";

test("many dead letters go in batches whose bodies are bounded, each exactly once", async () => {
  const { fail, register, replay, queue, warehouse } = await open();
  const bytes = batchBytesMax / 4;
  const some = Array.from({ length: 9 }, () => hit({ body: new Uint8Array(bytes) }));
  for (const letter of some) await fail(letter);
  await register(orders, "shop.orders");
  const { select } = warehouse;
  const held: number[] = [];
  warehouse.select = async (selection) => {
    const rows = await select(selection);
    if (selection.columns?.includes("body")) held.push(rows.length);
    return rows;
  };
  expect(await replay({ stream_id: orders })).toEqual({
    replayed: 9,
    refused: [],
  });
  expect(held).toEqual([4, 4, 1]);
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual(some.map(({ hit_id }) => hit_id));
});

test("a replay, and a look at one letter, read the bodies of the days and hits that are meant, and no others", async () => {
  const { ask, fail, register, replay, queue, warehouse } = await open();
  const some = [18, 20, 19].map((day) => hit({ date: `2026-11-${day}` }));
  for (const letter of some) await fail(letter);
  await register(orders, "shop.orders");
  const { select } = warehouse;
  const read: Selection[] = [];
  warehouse.select = (selection) => {
    const { columns } = selection;
    if (columns === undefined || columns.includes("body")) read.push(selection);
    return select(selection);
  };
  const [first, , last] = some;
  await ask("GET", `/v1/dead-letters/${first!.hit_id}`);
  await replay({});
  expect(queue.take()).toHaveLength(3);
  const meant = (from: Hit, to: Hit, days: [string, string]) => ({
    from: { dataset: "afterclick", table: "dead_letters" },
    where: expect.arrayContaining([
      { column: "hit_id", is: ">=", value: from.hit_id },
      { column: "hit_id", is: "<=", value: to.hit_id },
      { column: "date", is: ">=", value: days[0] },
      { column: "date", is: "<=", value: days[1] },
    ]),
  });
  expect(read).toEqual([
    expect.objectContaining(meant(first!, first!, ["2026-11-18", "2026-11-18"])),
    expect.objectContaining(meant(first!, last!, ["2026-11-18", "2026-11-20"])),
  ]);
});

test("rows that repeat are replayed once, also when they are too large for one answer of the warehouse", async () => {
  const { fail, register, replay, queue, warehouse } = await open();
  const some = [hit(), hit(), hit(), hit()];
  for (const letter of some) for (let times = 0; times < 3; times++) await fail(letter);
  await register(orders, "shop.orders");
  const { select } = warehouse;
  warehouse.select = (selection) =>
    selection.columns?.includes("body") && selection.limit > 2
      ? Promise.reject(answerTooLarge({ why: "Too many bytes." }))
      : select(selection);
  expect(await replay({})).toEqual({ replayed: 4, refused: [] });
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual(some.map(({ hit_id }) => hit_id));
});

test("a query for bodies that is refused for anything but its size is not asked again in parts", async () => {
  const { warehouse, register, fail, replay } = await open();
  await register(orders, "shop.orders");
  for (let n = 0; n < 8; n++) await fail(hit());
  const { select } = warehouse;
  let asked = 0;
  warehouse.select = (selection) => {
    if (!selection.columns?.includes("body")) return select(selection);
    asked += 1;
    throw queryRefused({ why: "It was not done after 60 s." });
  };
  // What is refused does not pass by itself: the job ends.
  expect(await replay({ stream_id: orders })).toMatchObject({
    state: "failed",
    trouble: expect.stringContaining("It was not done after 60 s."),
  });
  expect(asked).toBe(1);
});

test("the streams of a large selection are looked at side by side", async () => {
  const { registry, warehouse, fail, replay } = await open();
  for (let n = 0; n < 40; n++) {
    const stream_id = `33333333-3333-4333-8333-${String(n).padStart(12, "0")}`;
    await fail(hit({ stream_id }));
    registry.put(stream_id, { table: `shop.t${n}`, offset: "UTC" });
  }
  let looks = 0;
  let most = 0;
  const { describe } = warehouse;
  warehouse.describe = async (table) => {
    if (table.dataset !== "shop") return describe(table);
    most = Math.max(most, ++looks);
    await new Promise((resolve) => setImmediate(resolve));
    looks--;
    throw datasetMissing({ dataset: "shop" });
  };
  expect(await replay({ reason: "dataset_missing" })).toHaveProperty("refused.length", 40);
  expect(most).toBeGreaterThan(4);
});

test("dead letters from a clock that was set back by years since are replayed and discarded with the others", async () => {
  const { fail, job, register, replay, queue, clock } = await open();
  const ahead = 20 * 365 * 86_400_000;
  const [replayed, lost, discarded] = [hit(), hit(), hit()];
  await register(orders, "shop.orders");
  clock.ms += ahead;
  await fail(replayed);
  await fail(lost);
  await replay({ hit_id: lost.hit_id });
  queue.take();
  queue.find = async () => "unknown";
  clock.ms -= ahead;
  expect(await replay({})).toEqual({ replayed: 1, refused: [] });
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual([replayed.hit_id]);
  expect(await replay({ hit_id: lost.hit_id })).toEqual({ replayed: 1 });
  clock.ms += ahead;
  await fail(discarded);
  clock.ms -= ahead;
  expect(await job({ what: "discard", note: "no longer needed" })).toMatchObject({ done: 1 });
});

import { expect, test } from "@jest/globals";
import { warehouseDown } from "../../../functions/problems.ts";
import type { Hit } from "../../../functions/hit.ts";
import { hit, open, orders } from "./setup.ts";

/** What became of the letters that a job sent. */

async function openSent(letters: number) {
  const opened = await open();
  const { fail, register, job, queue, ask, clock } = opened;
  for (let count = 0; count < letters; count++) await fail(hit());
  await register(orders, "shop.orders");
  const { id } = await job({ what: "replay" });
  clock.ms += 1_000;
  const look = async (of = id) => (await ask("GET", `/v1/jobs/${of}`)).json as unknown as object;
  return { ...opened, id, sent: queue.take() as Hit[], look };
}
const none = { written: 0, failed_again: 0, on_their_way: 0, discarded: 0, replayed_again: 0 };

test("a replay says how many are rows, how many failed again, and how many are neither so far", async () => {
  const { sent, look, deliver, fail } = await openSent(4);
  expect(await look()).toMatchObject({ done: 4, outcome: { ...none, sent: 4, on_their_way: 4 } });
  await deliver(sent[0]!);
  await deliver(sent[1]!);
  // A note that repeats is one row all the same.
  await deliver(sent[1]!);
  await fail(sent[2]!, "row_refused");
  const outcome = { ...none, sent: 4, written: 2, failed_again: 1, on_their_way: 1 };
  expect(await look()).toMatchObject({ state: "done", outcome });
  await deliver(sent[3]!);
  expect(await look()).toMatchObject({ outcome: { ...outcome, written: 3, on_their_way: 0 } });
});

test("what was discarded or replayed once more since is told as that, and counted by the later replay", async () => {
  const { sent, look, deliver, fail, ask, job, queue, clock } = await openSent(4);
  await deliver(sent[0]!);
  for (const failed of sent.slice(1)) await fail(failed);
  await ask("POST", "/v1/dead-letters/discard", { hit_id: sent[1]!.hit_id, note: "x" });
  await ask("POST", "/v1/dead-letters/replay", { hit_id: sent[2]!.hit_id });
  clock.ms += 1_000;
  const { id } = await job({ what: "replay" });
  expect(await look()).toMatchObject({
    outcome: { ...none, sent: 4, written: 1, discarded: 1, replayed_again: 2 },
  });
  for (const again of queue.take()) await deliver(again);
  expect(await look(id)).toMatchObject({ outcome: { ...none, sent: 1, written: 1 } });
});

test("where the letters cannot be counted, the job is told all the same", async () => {
  const { look, warehouse } = await openSent(1);
  warehouse.select = () => Promise.reject(warehouseDown({ why: "made by the test" }));
  const seen = await look();
  expect(seen).toMatchObject({ state: "done", done: 1, outcome_unknown: expect.stringContaining("made by") });
  expect(seen).not.toHaveProperty("outcome");
});

test("a replay and a discard of some days take no letters of others", async () => {
  const { fail, register, job, queue, letters, ask } = await open();
  const days = ["2026-11-13", "2026-11-14", "2026-11-15", "2026-11-16", "2026-11-17"];
  const some = days.map((date) => hit({ date }));
  for (const one of some) await fail(one);
  await register(orders, "shop.orders");
  const of = (query: string) => letters(`?state=waiting&${query}`);
  expect(await of("since=2026-11-14&until=2026-11-16")).toHaveLength(3);
  expect(await of("until=2026-11-13")).toHaveLength(1);
  expect((await ask("GET", "/v1/dead-letters?since=2026-02-31")).json.code).toBe("request_refused");
  const range = { since: "2026-11-14", until: "2026-11-16" };
  expect(await job({ what: "replay", ...range })).toMatchObject({ ...range, of: 3, done: 3 });
  expect(
    queue
      .take()
      .map(({ hit_id }) => hit_id)
      .sort(),
  ).toEqual(some.slice(1, 4).map(({ hit_id }) => hit_id));
  expect(await job({ what: "discard", note: "x", since: "2026-11-17" })).toMatchObject({ of: 1, done: 1 });
  expect((await of("")).map(({ hit_id }) => hit_id)).toEqual([some[0]!.hit_id]);
});

test("other days are another job", async () => {
  const { ask, fail } = await open();
  await fail(hit());
  const start = async (days: object) => (await ask("POST", "/v1/jobs", { what: "replay", ...days })).json.id;
  const ids = [
    await start({}),
    await start({ since: "2026-11-20" }),
    await start({ until: "2026-11-20" }),
    await start({ since: "2026-11-20", until: "2026-11-20" }),
  ];
  expect(new Set(ids).size).toBe(4);
  expect(await start({ since: "2026-11-20" })).toBe(ids[1]);
});

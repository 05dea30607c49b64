import { expect, test } from "@jest/globals";
import type { Entry } from "../../../functions/people/audit.ts";
import { leaseMs } from "../../../functions/letters/lease.ts";
import { queueDown } from "../../../functions/problems.ts";
import { hit, leads, openJob, orders } from "./setup.ts";

/** A job of many: begun by a request, worked on step by step, whatever becomes of whoever works on it. */

test("a step ends in time and calls the next, and the job says how far it is", async () => {
  const { start, look, workOnce, queue, some, ask } = await openJob();
  const { id, ...begun } = await start();
  expect(begun).toMatchObject({ what: "replay", state: "running", of: 3, done: 0, refused: [] });
  expect(queue.take()).toEqual([]);
  for (const done of [1, 2, 3]) {
    expect(await workOnce()).toBe("ack");
    expect(await look(id)).toMatchObject({ state: "running", done });
  }
  await workOnce();
  const ended = await look(id);
  expect(ended).toMatchObject({ state: "done", of: 3, done: 3, ended_at: expect.any(Number) });
  expect(ended).not.toHaveProperty("about");
  expect(JSON.stringify(ended)).not.toMatch(/key|holder|lease/);
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual(some.map(({ hit_id }) => hit_id));
  // The list is told without what it costs to count.
  const { outcome: _counted, ...listed } = ended;
  expect((await ask("GET", "/v1/jobs")).json).toEqual({ jobs: [listed] });
});

test("a letter that fails again while the job runs stays out of it", async () => {
  const { start, look, workOn, queue, fail, letters, clock } = await openJob(2);
  const { id } = await start();
  const { publish } = queue;
  queue.publish = async (one, options) => {
    await publish(one, options);
    clock.ms += 10;
    await fail(one, "row_refused");
  };
  await workOn();
  expect(await look(id)).toMatchObject({ state: "done", done: 2 });
  expect(await letters("?state=waiting")).toHaveLength(2);
});

test("a step that comes twice, late or early is harmless", async () => {
  const { start, look, work, workOn, steps, queue, some } = await openJob();
  const { id } = await start();
  const first = steps.called[0]!;
  // Ahead of its time, of no job, and by somebody who knows the id alone.
  expect(await work({ ...first, step: 1 })).toBe("later");
  expect(await work({ ...first, job: first.job.replace(/.$/, "z") })).toBe("ack");
  expect(await work({ ...first, key: "guessed" })).toBe("ack");
  expect(queue.take()).toEqual([]);
  expect(await Promise.all([work(first), work(first)])).toEqual(expect.arrayContaining(["ack", "later"]));
  expect(await work(first)).toBe("ack");
  expect((await look(id)).done).toBe(1);
  steps.called.shift();
  steps.called.push(...steps.called);
  await workOn();
  expect(await work(first)).toBe("ack");
  expect(await look(id)).toMatchObject({ state: "done", done: 3 });
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual(some.map(({ hit_id }) => hit_id));
});

test("a step whose worker is gone waits for its lease to be over, and is done by somebody else", async () => {
  const { start, look, workOnce, workOn, queue, some, documents, clock, takes } = await openJob();
  takes.ms = 1_000;
  const { id } = await start();
  const { commit } = documents;
  let commits = 0;
  // Killed once the first batch was sent and noted, before the job said so.
  const killed = new Promise<void>((resolve) => {
    documents.commit = (writes) => {
      if (++commits === 1) return commit(writes);
      resolve();
      return new Promise(() => undefined);
    };
  });
  void workOnce();
  await killed;
  documents.commit = commit;
  expect(await workOnce()).toBe("later");
  clock.ms += leaseMs;
  expect(await workOn()).toBe("ack");
  const ended = await look(id);
  // What the first one did was never counted, and the job says so.
  expect(ended).toMatchObject({ state: "done", of: 3, done: 2, about: true });
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual(some.map(({ hit_id }) => hit_id));
});

test("a worker that was overtaken notes nothing any more", async () => {
  const { start, look, workOnce, workOn, queue, clock } = await openJob(2);
  const { id } = await start();
  const { publish } = queue;
  queue.publish = async (...given) => {
    queue.publish = publish;
    await publish(...given);
    // It slept for longer than its lease, and another one did it all.
    clock.ms += leaseMs;
    await workOn();
  };
  expect(await workOnce()).toBe("later");
  expect(await look(id)).toMatchObject({ state: "done" });
});

test("a job whose next step cannot be called stays where it is, and goes on", async () => {
  const { start, look, workOn, steps, queue } = await openJob(2);
  const { id } = await start();
  const { next } = steps;
  steps.next = () => Promise.reject(queueDown({ why: "full" }));
  expect(await workOn()).toBe("later");
  expect(await look(id)).toMatchObject({ state: "running", done: 1, trouble: expect.any(String) });
  steps.next = next;
  expect(await workOn()).toBe("ack");
  expect(await look(id)).toMatchObject({ state: "done", done: 2 });
  expect(queue.take()).toHaveLength(2);
});

test("one that cannot be begun is no running job, and can be begun later", async () => {
  const { ask, start, steps, workOn, clock } = await openJob(1);
  const { next } = steps;
  steps.next = () => Promise.reject(queueDown({ why: "full" }));
  expect((await ask("POST", "/v1/jobs", { what: "replay" })).json.code).toBe("queue_down");
  expect((await ask("GET", "/v1/jobs")).json).toMatchObject({ jobs: [{ state: "failed", done: 0 }] });
  steps.next = next;
  clock.ms += 1;
  await start();
  await workOn();
  expect((await ask("GET", "/v1/jobs")).json).toMatchObject({
    jobs: [{ state: "done" }, { state: "failed" }],
  });
});

test("the same request takes up the job that runs; another selection is another job", async () => {
  const { start, steps, workOn, look, fail } = await openJob(2);
  await fail(hit({ stream_id: leads }));
  const first = await start({ what: "replay", stream_id: orders });
  // Its step was lost: asking again calls it again.
  steps.called.length = 0;
  expect((await start({ what: "replay", stream_id: orders })).id).toBe(first.id);
  const others = [
    await start({ what: "replay" }),
    await start({ what: "discard", stream_id: orders, note: "no" }),
    await start({ what: "replay", stream_id: orders, reason: "row_refused" }),
  ];
  expect(new Set([first.id, ...others.map(({ id }) => id)]).size).toBe(4);
  await workOn();
  expect((await look(first.id)).state).toBe("done");
  expect((await start({ what: "replay", stream_id: orders })).id).not.toBe(first.id);
});

test("the audit tells who began a job, and what came of it", async () => {
  const { start, workOn, ask } = await openJob(2);
  await start({ what: "discard", note: "a test", stream_id: orders, by: "ann" });
  await workOn();
  const { entries } = (await ask("GET", "/v1/audit")).json as unknown as { entries: Entry[] };
  expect(entries.map(({ what }) => what)).toEqual(["discarded", "discard_started"]);
  expect(entries[0]).toMatchObject({
    who: "this machine",
    after: { discarded: 2, note: "a test", by: "ann" },
  });
  expect(entries[1]).toMatchObject({ after: { of: 2, note: "a test" } });
  expect(JSON.stringify(entries)).not.toContain(orders);
});

test("streams that stay are dealt with once, however many steps there are", async () => {
  const { start, look, workOn, fail, registry, warehouse } = await openJob(3);
  for (let n = 0; n < 130; n++) {
    const stream_id = `33333333-3333-4333-8333-${String(n).padStart(12, "0")}`;
    await fail(hit({ stream_id }));
  }
  const { describe } = warehouse;
  let looks = 0;
  warehouse.describe = (table) => {
    looks += Number(table.dataset === "shop");
    return describe(table);
  };
  const { id } = await start();
  await workOn();
  const { refused, refused_more, done } = await look(id);
  expect([done, refused.length, refused_more]).toEqual([3, 100, 30]);
  expect(new Set(refused.map(({ stream_ref }) => stream_ref)).size).toBe(100);
  expect(looks).toBeLessThanOrEqual(5);
  expect(registry).toBeDefined();
});

test("the oldest jobs that have ended give way", async () => {
  const { start, workOn, documents, clock } = await openJob(0);
  for (let count = 0; count < 205; count++) {
    clock.ms += 1;
    await start({ what: "replay", stream_ref: count.toString(16).padStart(12, "0") });
    await workOn();
  }
  expect((await documents.list("jobs", { limit: 1_000 })).length).toBe(200);
});

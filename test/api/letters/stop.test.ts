import { expect, test } from "@jest/globals";
import { leaseMs, takeLease } from "../../../functions/letters/lease.ts";
import type { Entry } from "../../../functions/people/audit.ts";
import { openJob } from "./setup.ts";

/** A person ends a job that runs: what is done stays done, and what is left waits as before. */

async function openStop(letters?: number) {
  const opened = await openJob(letters);
  const stop = async (id: string, body: object = {}) =>
    (await opened.ask("POST", `/v1/jobs/${id}/stop`, body)).json;
  const waiting = async () => (await opened.letters("?state=waiting")).length;
  const audit = async () =>
    ((await opened.ask("GET", "/v1/audit")).json as unknown as { entries: Entry[] }).entries;
  return { ...opened, stop, waiting, audit };
}

test("between two steps it is over at once, and no later step does anything", async () => {
  const { start, workOnce, workOn, stop, look, waiting, audit, queue, steps } = await openStop();
  const { id } = await start();
  await workOnce();
  const stopped = await stop(id, { by: "ann" });
  expect(stopped).toMatchObject({ state: "stopped", of: 3, done: 1, stopped_by: "ann" });
  expect(stopped).not.toHaveProperty("about");
  expect(steps.called).toHaveLength(1);
  expect(await workOn()).toBe("ack");
  expect(await look(id)).toMatchObject({ state: "stopped", done: 1, ended_at: expect.any(Number) });
  expect([queue.take().length, await waiting()]).toEqual([1, 2]);
  expect((await audit()).map(({ what }) => what).sort()).toEqual([
    "job_stopped",
    "replay_started",
    "replayed",
  ]);
  expect((await audit()).find(({ what }) => what === "replayed")).toMatchObject({ after: { replayed: 1 } });
  expect((await audit()).find(({ what }) => what === "job_stopped")).toMatchObject({
    about: `job ${id}`,
    after: { by: "ann" },
  });
});

test("while a batch is on its way it is stopping, and ends with that batch, which is counted", async () => {
  const { start, stop, look, workOnce, waiting, queue, audit, takes } = await openStop();
  takes.ms = 1_000;
  const { id } = await start();
  const { publish } = queue;
  const seen: unknown[] = [];
  queue.publish = async (...given) => {
    queue.publish = publish;
    await publish(...given);
    // Twice, as people do.
    seen.push((await stop(id)).state, await stop(id));
  };
  expect(await workOnce()).toBe("ack");
  expect(seen).toEqual(["running", expect.objectContaining({ state: "running", stopping: true })]);
  const ended = await look(id);
  expect(ended).toMatchObject({ state: "stopped", done: 1 });
  expect(ended).not.toHaveProperty("stopping");
  expect(ended).not.toHaveProperty("about");
  expect(await waiting()).toBe(2);
  expect((await audit()).filter(({ what }) => what === "job_stopped")).toHaveLength(1);
});

test("a step that ends by its time, or fails, takes the wish along to whoever comes next", async () => {
  for (const ends of ["time", "failure"] as const) {
    const { start, stop, look, workOnce, workOn, queue, waiting } = await openStop();
    const { id } = await start();
    const { publish } = queue;
    queue.publish = async (...given) => {
      queue.publish = publish;
      await stop(id);
      if (ends === "failure") throw new Error("made by the test");
      await publish(...given);
    };
    await workOnce();
    expect(await look(id)).toMatchObject({ state: "running", stopping: true });
    expect(await workOn()).toBe("ack");
    const done = ends === "time" ? 1 : 0;
    expect(await look(id)).toMatchObject({ state: "stopped", done });
    expect(await waiting()).toBe(3 - done);
  }
});

test("where whoever works on it was killed, it ends with the lease, or with the step that comes again", async () => {
  for (const again of ["step", "request"] as const) {
    const { start, stop, look, workOnce, documents, clock, takes, waiting } = await openStop();
    takes.ms = 1_000;
    const { id } = await start();
    const { commit } = documents;
    let commits = 0;
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
    expect(await stop(id)).toMatchObject({ state: "running", stopping: true });
    expect(await workOnce()).toBe("later");
    clock.ms += leaseMs;
    if (again === "step") expect(await workOnce()).toBe("ack");
    else expect(await stop(id)).toMatchObject({ state: "stopped" });
    // What the one that was killed had sent is counted among the outcome alone.
    expect(await look(id)).toMatchObject({ state: "stopped", done: 0, about: true, outcome: { sent: 1 } });
    expect(await waiting()).toBe(2);
  }
});

test("on one machine the next start ends it at once: whoever worked on it is gone", async () => {
  const { start, stop, look, workOnce, documents, steps, clock } = await openStop();
  const { id } = await start();
  const { commit } = documents;
  const killed = new Promise<void>((resolve) => {
    documents.commit = async (writes) => {
      await commit(writes);
      resolve();
      return new Promise(() => undefined);
    };
  });
  void workOnce();
  await killed;
  documents.commit = commit;
  expect(await stop(id)).toMatchObject({ stopping: true });
  const alone = { documents, now: () => clock.ms, isAlone: true };
  expect(await takeLease(alone, id, steps.called[0]!)).toBe("ack");
  expect(await look(id)).toMatchObject({ state: "stopped", about: true });
});

test("one that has ended stays as it is, and what is left can be begun again at once", async () => {
  const { start, stop, look, workOn, workOnce, waiting } = await openStop(2);
  const first = await start();
  await workOnce();
  await stop(first.id);
  const second = await start();
  expect(second.id).not.toBe(first.id);
  expect(second.of).toBe(1);
  await workOn();
  expect(await stop(second.id)).toMatchObject({ state: "done", done: 1 });
  expect(await look(first.id)).toMatchObject({ state: "stopped", done: 1 });
  expect(await waiting()).toBe(0);
});

test("one that is to stop is not taken up by whoever begins again", async () => {
  const { start, stop, workOnce, queue, takes } = await openStop(2);
  takes.ms = 1_000;
  const { id } = await start();
  const { publish } = queue;
  let other = "";
  queue.publish = async (...given) => {
    queue.publish = publish;
    await publish(...given);
    await stop(id);
    other = (await start()).id;
  };
  await workOnce();
  expect(other).not.toBe(id);
});

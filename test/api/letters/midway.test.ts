import { expect, test } from "@jest/globals";
import { batchBytesMax } from "../../../functions/letters/choose.ts";
import { queueDown, warehouseDown } from "../../../functions/problems.ts";
import { hit, open, orders } from "./setup.ts";

test("what somebody discards while a replay of many runs is not sent", async () => {
  const { ask, fail, register, replay, warehouse, queue } = await open();
  const big = () => hit({ body: new Uint8Array(batchBytesMax) });
  const [first, second] = [big(), big()];
  await fail(first);
  await fail(second);
  await register(orders, "shop.orders");
  const { append } = warehouse;
  warehouse.append = async (...args) => {
    warehouse.append = append;
    await append(...args);
    await ask("POST", "/v1/dead-letters/discard", {
      hit_id: second.hit_id,
      note: "no",
    });
  };
  expect(await replay({})).toEqual({ replayed: 1, refused: [] });
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual([first.hit_id]);
});

test("a job that fails midway says how many were done and why, and goes on from there", async () => {
  const { ask, fail, job, register, queue, warehouse, workOn } = await open();
  for (let count = 0; count < 2; count++) await fail(hit({ body: new Uint8Array(batchBytesMax) }));
  await register(orders, "shop.orders");
  const { publish } = queue;
  let calls = 0;
  queue.publish = (...args) =>
    ++calls === 2 ? Promise.reject(queueDown({ why: "full" })) : publish(...args);
  const { id, ...replayed } = await job({ what: "replay" });
  expect(replayed).toMatchObject({
    state: "running",
    of: 2,
    done: 1,
    trouble: queueDown({ why: "full" }).message,
  });
  expect(await workOn()).toBe("ack");
  const ended = (await ask("GET", `/v1/jobs/${id}`)).json;
  expect(ended).toMatchObject({ state: "done", done: 2 });
  expect(ended).not.toHaveProperty("trouble");
  for (let count = 0; count < 2; count++) await fail(hit({ body: new Uint8Array(batchBytesMax) }));
  const { append } = warehouse;
  let writes = 0;
  warehouse.append = (...args) =>
    ++writes === 2 ? Promise.reject(warehouseDown({ why: "no answer" })) : append(...args);
  const discarded = await job({ what: "discard", note: "x" });
  expect(discarded).toMatchObject({ state: "running", of: 2, done: 1, trouble: expect.any(String) });
  expect(await workOn()).toBe("ack");
  expect((await ask("GET", `/v1/jobs/${discarded.id}`)).json).toMatchObject({ state: "done", done: 2 });
});

test("when the queue fails in the middle, what was sent is replaying, and the rest waits until it goes on", async () => {
  const { fail, replay, register, queue, state, workOn } = await open();
  const [first, second] = [hit(), hit()];
  await fail(first);
  await fail(second);
  await register(orders, "shop.orders");
  const { publish } = queue;
  queue.publish = (one, options) =>
    one.hit_id === second.hit_id ? Promise.reject(queueDown({ why: "full" })) : publish(one, options);
  expect(await replay({})).toMatchObject({ state: "running", replayed: 1 });
  expect([await state(first), await state(second)]).toEqual(["replaying", "waiting"]);
  queue.publish = publish;
  await workOn();
  expect([await state(first), await state(second)]).toEqual(["replaying", "replaying"]);
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual([first.hit_id, second.hit_id]);
});

test("when the note of a replay cannot be written, the letter waits truthfully and its row still counts as delivered", async () => {
  const { ask, fail, deliver, register, queue, state, warehouse } = await open();
  const letter = hit();
  await fail(letter);
  await register(orders, "shop.orders");
  const { append } = warehouse;
  warehouse.append = () => Promise.reject(warehouseDown({ why: "no answer" }));
  const answer = await ask("POST", "/v1/dead-letters/replay", { hit_id: letter.hit_id });
  expect(answer.json.code).toBe("warehouse_down");
  warehouse.append = append;
  expect(await state(letter)).toBe("waiting");
  await deliver(queue.take()[0]!);
  expect(await state(letter)).toBe("delivered");
});

test("a letter that fails again while the replay runs is not replayed for ever", async () => {
  const { fail, register, replay, queue, clock } = await open();
  await fail(hit());
  await register(orders, "shop.orders");
  const { publish } = queue;
  let sent = 0;
  queue.publish = async (one, options) => {
    if (++sent > 5) throw new Error("for ever");
    await publish(one, options);
    clock.ms += 10;
    await fail(one);
  };
  expect(await replay({})).toEqual({ replayed: 1, refused: [] });
});

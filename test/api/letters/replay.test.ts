import { expect, test } from "@jest/globals";
import { streamRef } from "../../../functions/stream-ref.ts";
import { hit, leads, open, orders } from "./setup.ts";

test("a replay sends the same hit once more, with the number of the attempt, and the row ends it", async () => {
  const { fail, deliver, register, replay, state, queue } = await open();
  const letter = hit({
    content_type: "text/plain",
    query: "a=1",
    headers: { "user-agent": "a", "x-topic": "orders" },
    is_test: true,
  });
  await fail(letter);
  await register(orders, "shop.orders");
  expect(await replay({ hit_id: letter.hit_id, by: "ann" })).toEqual({ replayed: 1 });
  expect(await state(letter)).toBe("replaying");
  const [sent] = queue.take();
  expect(sent).toEqual({ ...letter, replay: 1 });
  await deliver(sent!);
  expect(await state(letter)).toBe("delivered");
});

test("a hit without a date of its own is replayed without one: the fixed document makes it", async () => {
  const { fail, register, replay, queue } = await open();
  const { date: _, ...undated } = hit({ content_encoding: "gzip" });
  await fail(undated, "stream_invalid");
  await register(orders, "shop.orders");
  await replay({ stream_id: orders });
  expect(queue.take()).toEqual([{ ...undated, replay: 1 }]);
});

test("a replay that failed waits again, and its next attempt has the next number", async () => {
  const { fail, register, replay, state, queue, clock } = await open();
  const letter = hit();
  await fail(letter);
  await register(orders, "shop.orders");
  await replay({ hit_id: letter.hit_id });
  clock.ms += 10;
  await fail(queue.take()[0]!, "row_refused");
  expect(await state(letter)).toBe("waiting");
  clock.ms += 10;
  await replay({ reason: "row_refused" });
  expect(queue.take()[0]!.replay).toBe(2);
  expect(await state(letter)).toBe("replaying");
});

test("only a waiting dead letter is replayed or discarded by its hit_id", async () => {
  const { ask, fail, deliver, register, replay, queue } = await open();
  const letter = hit();
  await fail(letter);
  await register(orders, "shop.orders");
  await replay({ hit_id: letter.hit_id });
  const again = await ask("POST", "/v1/dead-letters/replay", {
    hit_id: letter.hit_id,
  });
  expect(again.json).toMatchObject({ status: 409, code: "letter_not_waiting" });
  expect(again.json.detail).toContain("The dead letter is replaying");
  await deliver(queue.take()[0]!);
  const late = await ask("POST", "/v1/dead-letters/discard", {
    hit_id: letter.hit_id,
    note: "no",
  });
  expect(late.json.detail).toContain("The dead letter is delivered");
  expect((await ask("POST", "/v1/dead-letters/replay", { hit_id: hit().hit_id })).json.code).toBe(
    "letter_unknown",
  );
});

test("a replay is refused while the cause persists, and says which one", async () => {
  const { ask, fail, register, registry, warehouse, queue } = await open();
  const letter = hit();
  await fail(letter, "stream_missing");
  const refusal = async () => (await ask("POST", "/v1/dead-letters/replay", { hit_id: letter.hit_id })).json;
  expect(await refusal()).toMatchObject({
    status: 409,
    code: "cause_persists",
  });
  expect((await refusal()).detail).toContain("The stream's document does not exist.");
  registry.put(orders, { table: "a b", offset: "UTC" });
  expect((await refusal()).detail).toContain('document is invalid: table is "a b"');
  registry.put(orders, { table: "shop.orders", offset: "UTC" });
  expect((await refusal()).detail).toContain("The dataset shop does not exist");
  warehouse.putForeign({ dataset: "shop", table: "orders" }, [
    { name: "hit_id", type: "STRING", required: true },
  ]);
  expect((await refusal()).detail).toContain("the column payload STRING is missing");
  expect(queue.take()).toEqual([]);
  warehouse.dropTable({ dataset: "shop", table: "orders" });
  await register(orders, "shop.orders");
  expect((await ask("POST", "/v1/dead-letters/replay", { hit_id: letter.hit_id })).status).toBe(200);
});

test("of a selection, the streams that are fixed are replayed and the others named", async () => {
  const { fail, register, replay, queue, letters } = await open();
  await fail(hit());
  await fail(hit({ stream_id: leads }));
  await fail(hit({ stream_id: leads }));
  await register(leads, "crm.leads");
  const { refused, ...rest } = (await replay({})) as unknown as {
    refused: { stream_ref: string; why: string }[];
  };
  expect(rest).toEqual({ replayed: 2 });
  expect(refused).toEqual([{ stream_ref: streamRef(orders), why: "The stream's document does not exist." }]);
  expect(queue.take().map(({ stream_id }) => stream_id)).toEqual([leads, leads]);
  expect(await letters("?state=waiting")).toHaveLength(1);
});

test("a replay that was lost with its queue can be asked for again, by its hit_id", async () => {
  const { ask, fail, deliver, register, replay, queue, state } = await open();
  const letter = hit();
  await fail(letter);
  await register(orders, "shop.orders");
  await replay({ hit_id: letter.hit_id });
  queue.take();
  const discarded = await ask("POST", "/v1/dead-letters/discard", {
    hit_id: letter.hit_id,
    note: "no",
  });
  expect(discarded.json.code).toBe("letter_not_waiting");
  expect(await replay({ hit_id: letter.hit_id })).toEqual({ replayed: 1 });
  const [again] = queue.take();
  expect(again).toEqual({ ...letter, replay: 2 });
  await deliver(again!);
  expect(await state(letter)).toBe("delivered");
});

test("a replay that arrives while the queue is asked is not sent twice", async () => {
  const { ask, fail, deliver, register, replay, queue } = await open();
  const letter = hit();
  await fail(letter);
  await register(orders, "shop.orders");
  await replay({ hit_id: letter.hit_id });
  queue.find = async () => {
    for (const one of queue.take()) await deliver(one);
    return "absent";
  };
  const late = await ask("POST", "/v1/dead-letters/replay", {
    hit_id: letter.hit_id,
  });
  expect(late.json.detail).toContain("The dead letter is delivered");
});

test("where the queue cannot be searched, a replay counts as lost after more than an hour", async () => {
  const { ask, fail, register, replay, queue, clock } = await open();
  const letter = hit();
  await fail(letter);
  await register(orders, "shop.orders");
  await replay({ hit_id: letter.hit_id });
  queue.take();
  queue.find = async () => "unknown";
  clock.ms += 60 * 60_000;
  const early = await ask("POST", "/v1/dead-letters/replay", {
    hit_id: letter.hit_id,
  });
  expect(early.json.code).toBe("letter_not_waiting");
  clock.ms++;
  expect(await replay({ hit_id: letter.hit_id })).toEqual({ replayed: 1 });
});

test("a hit that was kept apart goes through only by its own replay, by somebody who saw why", async () => {
  const { ask, fail, register, replay, queue, letters } = await open();
  await register(orders, "shop.orders");
  const apart = hit({ kept_apart: true });
  await fail(apart, "proof_unreadable");
  const other = hit();
  await fail(other);
  // A replay of many leaves it, and says so.
  for (const all of [{}, { stream_id: orders }, { reason: "proof_unreadable" }]) {
    const { refused } = (await replay(all)) as unknown as { refused: { why: string }[] };
    expect(refused).toEqual([{ why: expect.stringContaining("kept apart stay") }]);
  }
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual([other.hit_id]);
  for (const path of ["/v1/dead-letters/replay", "/v1/jobs"])
    expect((await ask("POST", path, { what: "replay", let_through: true })).status).toBe(400);
  // One that does not say that it saw why is told why.
  const asked = await ask("POST", "/v1/dead-letters/replay", { hit_id: apart.hit_id });
  expect(asked.json).toMatchObject({ status: 409, code: "letter_kept_apart" });
  expect(asked.json.detail).toContain("no store of secrets. Nothing was replayed.");
  expect(queue.take()).toEqual([]);
  expect(await replay({ hit_id: apart.hit_id, let_through: true })).toMatchObject({ replayed: 1 });
  expect(queue.take()).toEqual([{ ...apart, replay: 1 }]);
  // Where it fails for something else, it is still kept apart.
  await fail({ ...apart, replay: 1 }, "schema_differs");
  expect((await letters("?state=waiting"))[0]).toMatchObject({ reason: "schema_differs", kept_apart: true });
  expect(await replay({})).toMatchObject({ replayed: 0 });
  const again = await ask("POST", "/v1/dead-letters/replay", { hit_id: apart.hit_id });
  expect(again.json.detail).toContain("proof of origin");
});

import { expect, test } from "@jest/globals";
import { batchBytesMax } from "../../functions/letters/choose.ts";
import { requestMs } from "../../functions/letters/replay.ts";
import { deadLetters, eventRow, letterRow, type Reason } from "../../functions/letters/letter.ts";
import type { Hit } from "../../functions/hit.ts";
import {
  answerTooLarge,
  datasetMissing,
  queryRefused,
  queueDown,
  warehouseDown,
} from "../../functions/problems.ts";
import { appendToProduct } from "../../functions/letters/tables.ts";
import { streamRef } from "../../functions/stream-ref.ts";
import type { Selection } from "../../functions/warehouse.ts";
import { openAdmin } from "../support/admin.ts";

const orders = "11111111-1111-4111-8111-111111111111";
const leads = "22222222-2222-4222-8222-222222222222";
const deadlineMs = 1000;

let hits = 0;
const hit = (more: Partial<Hit> = {}): Hit => ({
  hit_id: `aaaaaaaa-0000-4000-8000-${String(++hits).padStart(12, "0")}`,
  stream_id: orders,
  received_at: Date.UTC(2026, 10, 20, 10),
  body: Uint8Array.of(0xff, 0x00, 0x61),
  date: "2026-11-20",
  ...more,
});

async function open() {
  const admin = await openAdmin();
  const { warehouse, clock } = admin;
  const fail = (letter: Hit, reason: Reason = "dataset_missing") =>
    appendToProduct(
      warehouse,
      "afterclick",
      "letters",
      [letterRow(letter, { reason, detail: "Mend it.", at: clock.ms })],
      { deadlineMs },
    );
  const deliver = (letter: Hit) =>
    appendToProduct(
      warehouse,
      "afterclick",
      "events",
      [
        eventRow({
          hit_id: letter.hit_id,
          attempt: letter.replay ?? 0,
          event: "delivered",
          at: clock.ms,
        }),
      ],
      { deadlineMs },
    );
  const register = async (id: string, table: string) => {
    admin.registry.put(id, { table, offset: "UTC" });
    await warehouse.createDataset({ dataset: table.split(".")[0]!, table: "" });
  };
  const letters = async (query = "") =>
    (await admin.ask("GET", `/v1/dead-letters${query}`)).json.dead_letters;
  const state = async ({ hit_id }: Hit) => (await admin.ask("GET", `/v1/dead-letters/${hit_id}`)).json.state;
  const replay = async (body: object) => (await admin.ask("POST", "/v1/dead-letters/replay", body)).json;
  return { ...admin, fail, deliver, register, letters, state, replay };
}

test("before the first dead letter there are none", async () => {
  const { letters, replay, ask } = await open();
  expect(await letters()).toEqual([]);
  expect(await replay({})).toEqual({ replayed: 0, refused: [] });
  expect((await ask("GET", `/v1/dead-letters/${hit().hit_id}`)).json.code).toBe("letter_unknown");
  expect((await ask("POST", "/v1/dead-letters/discard", { note: "x" })).json).toEqual({ discarded: 0 });
});

test("a dead letter that was kept before its view was made is shown", async () => {
  const { warehouse, letters } = await open();
  const table = { dataset: "afterclick", table: "dead_letters" };
  await warehouse.createTable(table, deadLetters);
  const row = letterRow(hit(), {
    reason: "gave_up",
    detail: "Mend it.",
    at: 1,
  });
  await warehouse.append(table, deadLetters.columns, [row], { deadlineMs });
  expect(await letters()).toHaveLength(1);
});

test("dead letters are listed without their bodies, by state, stream and reason, page by page", async () => {
  const { letters, fail, clock } = await open();
  await fail(hit());
  clock.ms++;
  await fail(
    hit({
      stream_id: leads,
      query: "a=1",
      is_test: true,
      content_type: "text/plain",
    }),
    "schema_differs",
  );
  const all = await letters();
  expect(all.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  expect(all[0]).toMatchObject({
    stream_ref: streamRef(leads),
    bytes: 3,
    query: "a=1",
    is_test: true,
    content_type: "text/plain",
    attempt: 0,
  });
  expect(all[0]).not.toHaveProperty("body");
  expect(await letters("?limit=1&offset=1")).toEqual([all[1]]);
  expect(JSON.stringify(all)).not.toContain(leads);
  expect(await letters(`?stream_id=${orders}&state=waiting`)).toEqual([all[1]]);
  expect(await letters(`?stream_ref=${streamRef(leads)}`)).toEqual([all[0]]);
  expect(await letters(`?stream_ref=${streamRef(leads)}&stream_id=${orders}`)).toEqual([]);
  expect(await letters("?reason=schema_differs")).toEqual([all[0]]);
  expect(await letters("?state=delivered")).toEqual([]);
});

test("one dead letter shows its body, byte for byte and as text", async () => {
  const { ask, fail } = await open();
  const letter = hit();
  await fail(letter);
  const { json } = await ask("GET", `/v1/dead-letters/${letter.hit_id.toUpperCase()}`);
  expect(json).toMatchObject({
    hit_id: letter.hit_id,
    body_base64: "/wBh",
    text: "\ufffd\0a",
    reason: "dataset_missing",
  });
});

test("a replay sends the same hit once more, with the number of the attempt, and the row ends it", async () => {
  const { fail, deliver, register, replay, state, queue } = await open();
  const letter = hit({
    content_type: "text/plain",
    query: "a=1",
    is_test: true,
  });
  await fail(letter);
  await register(orders, "shop.orders");
  expect(await replay({ hit_id: letter.hit_id, by: "ann" })).toEqual({
    replayed: 1,
    refused: [],
  });
  expect(await state(letter)).toBe("replaying");
  const [sent] = queue.take();
  expect(sent).toEqual({ ...letter, replay: 1 });
  await deliver(sent!);
  expect(await state(letter)).toBe("delivered");
});

test("a hit without a date of its own is replayed without one: the mended document makes it", async () => {
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

test("of a selection, the streams that are mended are replayed and the others named", async () => {
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

/** A replay or discard whose time is over with its first batch, of two. */
async function openSlow() {
  const opened = await open();
  const { fail, register, warehouse, clock } = opened;
  const big = () => hit({ body: new Uint8Array(batchBytesMax) });
  const [first, second] = [big(), big()];
  await fail(first);
  await fail(second);
  await register(orders, "shop.orders");
  const began = clock.ms;
  const { append } = warehouse;
  warehouse.append = async (...given) => {
    await append(...given);
    clock.ms += requestMs;
  };
  return { ...opened, first, second, began };
}

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
  expect(await replay({ stream_id: orders })).toMatchObject({
    code: "query_refused",
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

test("a replay that would take longer than a request may ends in time, and goes on when it is asked again", async () => {
  const { replay, first, second, began, queue, fail, letters } = await openSlow();
  expect(await replay({})).toEqual({
    replayed: 1,
    refused: [],
    more: true,
    until: began,
  });
  const [sent] = queue.take();
  expect(sent!.hit_id).toBe(first.hit_id);
  // It fails again: with the until of the answer it is not sent for ever.
  await fail(sent!, "row_refused");
  expect(await replay({ until: began })).toEqual({
    replayed: 1,
    refused: [],
    more: true,
    until: began,
  });
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual([second.hit_id]);
  expect(await replay({ until: began })).toEqual({ replayed: 0, refused: [] });
  expect(await letters("?state=waiting")).toHaveLength(1);
});

test("a discard that would take longer than a request may ends in time, and goes on when it is asked again", async () => {
  const { ask, began, state, first, second } = await openSlow();
  const discard = async (more: object) =>
    (await ask("POST", "/v1/dead-letters/discard", { note: "x", ...more })).json;
  expect(await discard({})).toEqual({ discarded: 1, more: true, until: began });
  expect([await state(first), await state(second)]).toEqual(["discarded", "waiting"]);
  await discard({ until: began });
  expect(await discard({ until: began })).toEqual({ discarded: 0 });
  expect(await state(second)).toBe("discarded");
});

test("what somebody discards while a replay of many runs is not sent", async () => {
  const { ask, fail, register, replay, warehouse, queue } = await open();
  const big = () => hit({ body: new Uint8Array(batchBytesMax) });
  const [first, second] = [big(), big()];
  await fail(first);
  await fail(second);
  await register(orders, "shop.orders");
  const { append } = warehouse;
  warehouse.append = async (...given) => {
    warehouse.append = append;
    await append(...given);
    await ask("POST", "/v1/dead-letters/discard", {
      hit_id: second.hit_id,
      note: "no",
    });
  };
  expect(await replay({})).toEqual({ replayed: 1, refused: [] });
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual([first.hit_id]);
});

test("a replay or discard that fails midway says how many were done before", async () => {
  const { ask, fail, register, queue, warehouse } = await open();
  for (let count = 0; count < 2; count++) await fail(hit({ body: new Uint8Array(batchBytesMax) }));
  await register(orders, "shop.orders");
  const { publish } = queue;
  let calls = 0;
  queue.publish = (...given) =>
    ++calls === 2 ? Promise.reject(queueDown({ why: "full" })) : publish(...given);
  expect((await ask("POST", "/v1/dead-letters/replay", {})).json).toMatchObject({
    status: 503,
    code: "queue_down",
    replayed: 1,
  });
  await fail(hit({ body: new Uint8Array(batchBytesMax) }));
  const { append } = warehouse;
  let writes = 0;
  warehouse.append = (...given) =>
    ++writes === 2 ? Promise.reject(warehouseDown({ why: "no answer" })) : append(...given);
  expect((await ask("POST", "/v1/dead-letters/discard", { note: "x" })).json).toMatchObject({
    status: 503,
    code: "warehouse_down",
    discarded: 1,
  });
});

test("when the queue fails in the middle, what was sent is replaying, the rest waits, and the answer is 503", async () => {
  const { ask, fail, register, queue, state } = await open();
  const [first, second] = [hit(), hit()];
  await fail(first);
  await fail(second);
  await register(orders, "shop.orders");
  const { publish } = queue;
  queue.publish = (one, options) =>
    one.hit_id === second.hit_id ? Promise.reject(queueDown({ why: "full" })) : publish(one, options);
  expect((await ask("POST", "/v1/dead-letters/replay", {})).json.code).toBe("queue_down");
  expect([await state(first), await state(second)]).toEqual(["replaying", "waiting"]);
});

test("when the note of a replay cannot be written, the letter waits truthfully and its row still counts as delivered", async () => {
  const { ask, fail, deliver, register, queue, state, warehouse } = await open();
  const letter = hit();
  await fail(letter);
  await register(orders, "shop.orders");
  const { append } = warehouse;
  warehouse.append = () => Promise.reject(warehouseDown({ why: "no answer" }));
  expect((await ask("POST", "/v1/dead-letters/replay", {})).json.code).toBe("warehouse_down");
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

test("discarding needs a note, keeps the letter readable and takes it from those that wait", async () => {
  const { ask, fail, letters, state } = await open();
  const [first, second, third] = [hit(), hit(), hit({ stream_id: leads })];
  for (const letter of [first, second, third]) await fail(letter);
  const discard = async (body: object) => (await ask("POST", "/v1/dead-letters/discard", body)).json;
  expect((await discard({})).detail).toContain("note is missing");
  expect((await discard({ note: "x".repeat(501) })).detail).toContain("allowed is: why, 1 to 500 characters");
  expect(await discard({ hit_id: first.hit_id, note: "x".repeat(500), by: "ann" })).toEqual({ discarded: 1 });
  expect(await discard({ stream_id: orders, note: "A test" })).toEqual({
    discarded: 1,
  });
  expect(await state(first)).toBe("discarded");
  expect(await letters("?state=waiting")).toHaveLength(1);
});

test.each([
  [{ hit_id: "x" }, /Hit_id is "x"; allowed is: the UUID of a hit/],
  [{ hit_id: hit().hit_id, stream_id: orders }, /Choose one dead letter by hit_id, or all waiting ones/],
  [{ reason: "bad_mood" }, /Reason is "bad_mood"; allowed are stream_missing, .*gave_up/],
  [{ all: true }, /The field "all" is unknown; allowed are hit_id, stream_id, stream_ref, reason, until, by/],
])("a selection that nobody can mean is refused: %j", async (body, detail) => {
  const { ask } = await open();
  expect((await ask("POST", "/v1/dead-letters/replay", body)).json.detail).toMatch(detail);
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
  expect(await replay({ hit_id: letter.hit_id })).toEqual({
    replayed: 1,
    refused: [],
  });
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

test("dead letters from a clock that was set back by years since are replayed and discarded with the others", async () => {
  const { ask, fail, register, replay, queue, clock } = await open();
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
  expect(await replay({ hit_id: lost.hit_id })).toEqual({ replayed: 1, refused: [] });
  clock.ms += ahead;
  await fail(discarded);
  clock.ms -= ahead;
  const { json } = await ask("POST", "/v1/dead-letters/discard", { note: "no longer needed" });
  expect(json).toMatchObject({ discarded: 1 });
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
  expect(await replay({ hit_id: letter.hit_id })).toEqual({
    replayed: 1,
    refused: [],
  });
});

test("a hit that was kept apart goes through only by its own replay, by somebody who saw why", async () => {
  const { ask, fail, register, replay, queue, letters } = await open();
  await register(orders, "shop.orders");
  const apart = hit({ kept_apart: true });
  await fail(apart, "kept_apart");
  const other = hit();
  await fail(other);
  // A replay of many leaves it, and says so.
  for (const all of [{}, { stream_id: orders }, { reason: "kept_apart" }]) {
    const { refused } = (await replay(all)) as unknown as { refused: { why: string }[] };
    expect(refused).toEqual([{ why: expect.stringContaining("kept apart stay") }]);
  }
  expect(queue.take().map(({ hit_id }) => hit_id)).toEqual([other.hit_id]);
  const many = await ask("POST", "/v1/dead-letters/replay", { let_through: true });
  expect(many.status).toBe(400);
  // One that does not say that it saw why is told why.
  const asked = await ask("POST", "/v1/dead-letters/replay", { hit_id: apart.hit_id });
  expect(asked.json).toMatchObject({ status: 409, code: "letter_kept_apart" });
  expect(asked.json.detail).toContain("Mend it. Nothing was replayed.");
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

test("a dead letter shows its body as its row would: by the charset, and with every character", async () => {
  const { fail, ask } = await open();
  const shown = async (body: Uint8Array, content_type?: string) => {
    const letter = hit({ body, ...(content_type !== undefined && { content_type }) });
    await fail(letter);
    return (await ask("GET", `/v1/dead-letters/${letter.hit_id}`)).json.text;
  };
  const windows1251 = Uint8Array.of(0xc7, 0xe0, 0xea, 0xe0, 0xe7);
  expect(await shown(windows1251, "text/plain; charset=windows-1251")).toBe("Заказ");
  expect(await shown(Buffer.from("\ufeffid;total"), "text/csv")).toBe("\ufeffid;total");
  expect(await shown(Uint8Array.of(0xff, 0x61))).toBe("\ufffda");
});

import { expect, test } from "@jest/globals";
import { deadLetters, letterRow } from "../../../functions/letters/letter.ts";
import { streamRef } from "../../../functions/stream-ref.ts";
import { deadlineMs, hit, leads, open, orders } from "./setup.ts";

test("before the first dead letter there are none", async () => {
  const { letters, replay, job, ask } = await open();
  expect(await letters()).toEqual([]);
  expect(await replay({})).toEqual({ replayed: 0, refused: [] });
  expect((await ask("GET", `/v1/dead-letters/${hit().hit_id}`)).json.code).toBe("letter_unknown");
  expect(await job({ what: "discard", note: "x" })).toMatchObject({ state: "done", of: 0, done: 0 });
});

test("a dead letter that was kept before its view was made is shown", async () => {
  const { warehouse, letters } = await open();
  const table = { dataset: "afterclick", table: "dead_letters" };
  await warehouse.createTable(table, deadLetters);
  const row = letterRow(hit(), {
    reason: "gave_up",
    detail: "Fix it.",
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
      headers: { "user-agent": "a", "x-topic": "orders" },
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
    headers: { "user-agent": "a", "x-topic": "orders" },
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

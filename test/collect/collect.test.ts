import { expect, test } from "@jest/globals";
import { bodyBytesMax } from "../../functions/collect/collect.ts";
import { headers, id, receivedAt, setup } from "./setup.ts";

test("a hit is answered with its hit_id once it is stored, in the body and in the header", async () => {
  const { hits, send } = setup();
  const reply = await send({
    body: "orderId=N1&status=delivered&total=120.13&userId=U1",
  });
  const [hit] = hits;
  expect(reply.status).toBe(200);
  expect(reply.body).toBe(`{"hit_id":"${hit!.hit_id}"}`);
  expect(reply.headers).toMatchObject({ "afterclick-hit-id": hit!.hit_id });
  expect(hit!.hit_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(hit).toMatchObject({
    stream_id: id,
    received_at: receivedAt,
    date: "2020-10-19",
  });
});

test("the address works in either case", async () => {
  const { hits, send } = setup();
  await send({ path: `/ds/${id.toUpperCase()}`, body: "a=1" });
  expect(hits[0]!.stream_id).toBe(id);
});

test("no queue, no 2xx: a refused publish answers 503 and says to retry", async () => {
  const { state, refused } = setup();
  state.queueDown = true;
  expect(await refused({ body: "a=1" })).toMatchObject({
    status: 503,
    headers: { "retry-after": "5" },
  });
});

test("a queue that hangs is given up before senders do, after 10 s", async () => {
  const { state, send } = setup();
  await send({ body: "a=1" });
  expect(state.deadlineMs).toBeLessThan(10_000);
});

test("health answers 200 while the queue accepts, 503 while it does not", async () => {
  const { state, send, refused } = setup();
  expect(await send({ method: "GET", path: "/health" })).toMatchObject({
    status: 200,
  });
  state.queueDown = true;
  expect(await refused({ method: "GET", path: "/health" })).toMatchObject({
    status: 503,
  });
  expect(await refused({ method: "POST", path: "/health" })).toMatchObject({
    status: 405,
    headers: { allow: "GET, HEAD" },
  });
});

test.each([
  "/ds/",
  "/ds/x",
  `/ds/${id}x`,
  `/ds/${id.slice(1)}`,
  "/ds/00000000-0000-4000-8000-000000000000",
  `/ds/${id}/`,
])("%s is not found, in the same words as any unknown stream", async (unknown) => {
  const { refused } = setup();
  const problem = await refused({ path: unknown, body: "a=1" });
  expect(problem).toMatchObject({ status: 404, code: "stream_not_found" });
  expect(problem.message).not.toContain(id.slice(0, 8));
});

test.each(["OPTIONS", "HEAD", "GET", "POST", "DELETE"])(
  "%s to an unknown stream is 404, whatever the method",
  async (method) => {
    const { refused } = setup(undefined as never);
    const collect = await refused({
      method,
      path: "/ds/00000000-0000-4000-8000-000000000000",
    });
    expect(collect).toMatchObject({ status: 404, code: "stream_not_found" });
  },
);

test("HEAD and OPTIONS answer and make no hit; other methods are 405 with Allow", async () => {
  const { hits, send, refused } = setup();
  expect(await send({ method: "HEAD" })).toEqual({ status: 200 });
  expect(await send({ method: "OPTIONS" })).toMatchObject({
    status: 204,
    headers: { allow: "POST, PUT, HEAD, OPTIONS" },
  });
  expect(hits).toEqual([]);
  expect(await refused({ method: "GET", query: "a=1" })).toMatchObject({
    status: 405,
    headers: { allow: "POST, PUT, HEAD, OPTIONS" },
  });
  expect(await refused({ method: "DELETE" })).toMatchObject({ status: 405 });
});

test("GET makes a hit where the stream's methods name it: the payload is the raw query string", async () => {
  const { hits, send } = setup({ table: "t", offset: "UTC", methods: ["GET"] });
  await send({ method: "GET", query: "orderId=N%201&x=%ff" });
  expect(Buffer.from(hits[0]!.body).toString()).toBe("orderId=N%201&x=%ff");
  expect(hits[0]!.query).toBeUndefined();
});

test("PUT is taken like POST", async () => {
  const { hits, send } = setup();
  await send({ method: "PUT", body: "a=1" });
  expect(hits).toHaveLength(1);
});

test("body and query: both are kept; only one: it is the payload; neither: an empty hit", async () => {
  const { hits, send } = setup();
  await send({ body: "a=1", query: "b=2" });
  await send({ query: "b=2" });
  await send({});
  expect(hits.map(({ body, query }) => [Buffer.from(body).toString(), query])).toEqual([
    ["a=1", "b=2"],
    ["b=2", undefined],
    ["", undefined],
  ]);
});

test("a query beside a body holds 1024 bytes; one more is 414 and nothing is stored", async () => {
  const { hits, send } = setup();
  await send({ body: "a", query: "q".repeat(1024) });
  expect(hits[0]!.query).toHaveLength(1024);
  expect(await setup().refused({ body: "a", query: "q".repeat(1025) })).toMatchObject({ status: 414 });
});

test("a Content-Type past 1024 bytes is cut, on a whole letter", async () => {
  const { hits, send } = setup();
  const long = Buffer.from("é".repeat(600)).toString("latin1");
  await send({ body: "a", headers: headers({ "content-type": long }) });
  expect(hits[0]!.content_type).toBe("é".repeat(512));
});

test("a sender's retry under the same delivery name is the same hit; a changed body is a new one", async () => {
  const { hits, send } = setup();
  for (const [name, value, body] of [
    ["webhook-id", "order-N1", "a"],
    ["webhook-id", "order-N1", "a"],
    ["idempotency-key", "order-N1", "a"],
    ["webhook-id", "order-N1", "b"],
    ["webhook-id", "order-N2", "a"],
  ] as const) {
    await send({ body, headers: headers({ [name]: value }) });
  }
  const ids = hits.map(({ hit_id }) => hit_id);
  // A fixed vector: UUID v5 of this stream, "order-N1", newline and the SHA-256 of "a".
  expect(ids[0]).toBe("8813f2b7-af07-5cd9-88d6-9617fab2942f");
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
});

test("a delivery name of 255 bytes counts; an empty one and a longer one are ignored", async () => {
  const { hits, send } = setup();
  for (const value of ["x".repeat(255), "", "x".repeat(256)]) {
    await send({ body: "a", headers: headers({ "webhook-id": value }) });
  }
  expect(hits.map(({ hit_id }) => hit_id[14])).toEqual(["5", "4", "4"]);
});

test("paused is 503 with Retry-After, closed is 410; neither stores anything", async () => {
  const paused = setup({ table: "t", offset: "UTC", state: "paused" });
  expect(await paused.refused({ body: "a" })).toMatchObject({
    status: 503,
    code: "stream_paused",
    headers: { "retry-after": "60" },
  });
  const closed = setup({ table: "t", offset: "UTC", state: "closed" });
  expect(await closed.refused({ body: "a" })).toMatchObject({
    status: 410,
    code: "stream_closed",
  });
});

test("a mistake in the stream's document refuses no hit: its day is left to delivery", async () => {
  const { hits, send } = setup({ table: "t", offset: "Mars/Olympus" });
  expect((await send({ body: "a" })).status).toBe(200);
  expect(hits[0]!.date).toBeUndefined();
});

test("an invalid document still pauses and closes", async () => {
  expect(await setup({ state: "paused" }).refused({ body: "a" })).toMatchObject({ code: "stream_paused" });
  expect(await setup({ state: "closed" }).refused({ body: "a" })).toMatchObject({ code: "stream_closed" });
});

test("a test send is marked", async () => {
  const { hits, send } = setup();
  await send({ body: "a", headers: headers({ "afterclick-test": "true" }) });
  await send({ body: "a", headers: headers({ "afterclick-test": "yes" }) });
  expect(hits.map(({ is_test }) => is_test)).toEqual([true, undefined]);
});

test("a body of 8 MiB is taken, one byte more is 413", async () => {
  const { hits, send } = setup();
  await send({ body: new Uint8Array(bodyBytesMax) });
  expect(hits[0]!.body.length).toBe(bodyBytesMax);
  expect(await setup().refused({ body: new Uint8Array(bodyBytesMax + 1) })).toMatchObject({ status: 413 });
});

test("a query string without a body is a form, whatever Content-Type says of the body", async () => {
  const { hits, send } = setup();
  await send({
    query: "orderId=N1",
    headers: headers({ "content-type": "application/json" }),
  });
  expect(hits[0]!.content_type).toBeUndefined();
});

test.each([
  [{ table: "t", offset: "+99:00", methods: ["GET"] }],
  [{ table: "t", offset: "UTC", methods: ["get"] }],
])("a mistake in %j loses no GET hit either", async (document) => {
  const { hits, send } = setup(document);
  expect((await send({ method: "GET", query: "a=1" })).status).toBe(200);
  expect(hits).toHaveLength(1);
});

test("a document with removed_at is closed, whatever its state", async () => {
  const removed_at = "2026-11-21T00:00:00Z";
  for (const document of [
    { table: "t", offset: "UTC", removed_at },
    { table: "t", offset: "UTC", state: "active", removed_at },
    { removed_at },
  ])
    expect(await setup(document).refused({ body: "a" })).toMatchObject({
      code: "stream_closed",
    });
});

test.each<[string, unknown, boolean]>([
  ["auth", { table: 7, auth: { kind: "hmac" } }, true],
  ["a sender that nobody knows", { table: "a.b", offset: "UTC", sender: "shopifi" }, true],
  ["handshake", { table: 7, handshake: {} }, true],
  ["auth in text that is no JSON", '{"table":"a.b","auth":{"kind":"hmac"},}', true],
  ["no proof", { table: 7, name: "auth" }, false],
  ["no proof in text that is no JSON", "{", false],
  ["an auth that asks for nothing", { table: "a.b", offset: "UTC", auth: [] }, false],
])("of a document with %s, a hit is kept apart where it cannot be read", async (_, document, apart) => {
  const { hits, send } = setup(document as object);
  expect((await send({ body: "a=1" })).status).toBe(200);
  expect(hits[0]!.kept_apart).toBe(apart ? true : undefined);
});

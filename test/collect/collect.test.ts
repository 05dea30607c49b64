import { gzipSync, brotliCompressSync, deflateSync, deflateRawSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { bodyBytesMax, createCollect } from "../../functions/collect/collect.ts";
import type { Hit } from "../../functions/hit.ts";
import { headerNameBytesMax, headersMax } from "../../functions/headers.ts";
import { isProblem, type Problem } from "../../functions/problem.ts";
import { overloaded, queueDown } from "../../functions/problems.ts";
import type { Reply, Request } from "../../functions/request.ts";
import { readStream } from "../../functions/streams/stream.ts";
import { request } from "../support/request.ts";
import { until } from "../support/until.ts";

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const path = `/ds/${id}`;
const receivedAt = 1603131452000;

function setup(document: unknown = { table: "example.orders", offset: "+00:00" }) {
  const hits: Hit[] = [];
  const state = { queueDown: false, deadlineMs: NaN };
  const collect = createCollect({
    streams: {
      forget: () => undefined,
      get: (key) =>
        key === id && document !== undefined
          ? readStream(id, document, { defaultDataset: "d" })
          : { kind: "missing" },
    },
    queue: {
      publish: async (hit, { deadlineMs }) => {
        state.deadlineMs = deadlineMs;
        if (state.queueDown) throw queueDown({ why: "disk full" });
        hits.push(hit);
      },
      check: () => (state.queueDown ? Promise.reject(queueDown({ why: "disk full" })) : Promise.resolve()),
      close: () => Promise.resolve(),
    },
    now: () => receivedAt,
  });
  /** As senders do: on a busy machine the bounds on work may be passed, and then the same request is sent again. */
  const send = async (given: Parameters<typeof request>[0]): Promise<Reply> => {
    let reply: Reply | undefined;
    await until("there is room", async () => {
      try {
        reply = await collect(request({ path, ...given }));
      } catch (error) {
        if (!isProblem(error, overloaded)) throw error;
      }
      return reply !== undefined;
    });
    return reply!;
  };
  const refused = async (given: Parameters<typeof request>[0]): Promise<Problem> => {
    const problem: unknown = await send(given).then(
      (reply) => reply,
      (error: unknown) => error,
    );
    expect(hits).toEqual([]);
    return problem as Problem;
  };
  return { hits, state, send, refused };
}

const headers = (given: Record<string, string>): Request["headers"] => given;

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

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["gzip, br", (bytes: Buffer) => brotliCompressSync(gzipSync(bytes))],
  ["identity", (bytes: Buffer) => bytes],
])("Content-Encoding %s is undone", async (encoding, encode) => {
  const { hits, send } = setup();
  const body = Buffer.from('{"orderId":"N1"}');
  await send({
    body: encode(body),
    headers: headers({ "content-encoding": encoding }),
  });
  expect(Buffer.from(hits[0]!.body)).toEqual(body);
  expect(hits[0]!.content_encoding).toBeUndefined();
});

test.each(["gzip", "zstd", "snappy", "gzip, gzip, gzip, gzip"])(
  "a body that %s cannot undo is kept as sent, and the hit says so",
  async (encoding) => {
    const { hits, send } = setup();
    await send({
      body: "no such thing",
      headers: headers({ "content-encoding": encoding }),
    });
    expect(Buffer.from(hits[0]!.body).toString()).toBe("no such thing");
    expect(hits[0]!.content_encoding).toBe(encoding);
  },
);

test("several zstd frames in a row are one body", async () => {
  const { hits, send } = setup();
  const frames = ["orderId=Z1&status=delivered", "&total=99"].map((part) =>
    zstdCompressSync(Buffer.from(part)),
  );
  await send({
    body: Buffer.concat(frames),
    headers: headers({ "content-encoding": "zstd" }),
  });
  expect(Buffer.from(hits[0]!.body).toString()).toBe("orderId=Z1&status=delivered&total=99");
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
])(
  "bytes after the end of what %s encodes are not dropped: the body is kept as sent",
  async (encoding, encode) => {
    const { hits, send } = setup();
    const body = Buffer.concat([encode(Buffer.from("orderId=N1")), Buffer.from("&more=1")]);
    await send({ body, headers: headers({ "content-encoding": encoding }) });
    expect(Buffer.from(hits[0]!.body)).toEqual(body);
    expect(hits[0]!.content_encoding).toBe(encoding);
  },
);

test.each(["br", "deflate", "gzip", "zstd"])(
  "plain text under the name of %s is never taken for nothing",
  async (encoding) => {
    for (let first = 32; first < 127; first++) {
      for (const rest of ["", "N", "3,N3,delivered"]) {
        const { hits, send } = setup();
        const body = Buffer.from(String.fromCharCode(first) + rest);
        await send({
          body,
          headers: headers({ "content-encoding": encoding }),
        });
        expect(hits[0]!.body.length).toBeGreaterThan(0);
      }
    }
  },
);

test("zstd frames that together pass the limit are 413", async () => {
  const half = zstdCompressSync(Buffer.alloc(bodyBytesMax / 2));
  const one = zstdCompressSync(Buffer.alloc(1));
  const { hits, send } = setup();
  const given = headers({ "content-encoding": "zstd" });
  await send({ body: Buffer.concat([half, half]), headers: given });
  expect(hits[0]!.body.length).toBe(bodyBytesMax);
  for (const frames of [
    [half, half, one],
    [half, half, half],
  ])
    expect(await setup().refused({ body: Buffer.concat(frames), headers: given })).toMatchObject({
      status: 413,
    });
});

test("a bomb is 413: the limit holds after inflating, to the byte", async () => {
  const fits = gzipSync(Buffer.alloc(bodyBytesMax));
  const bomb = gzipSync(Buffer.alloc(bodyBytesMax + 1));
  const { hits, send } = setup();
  await send({ body: fits, headers: headers({ "content-encoding": "gzip" }) });
  expect(hits[0]!.body.length).toBe(bodyBytesMax);
  expect(
    await setup().refused({
      body: bomb,
      headers: headers({ "content-encoding": "gzip" }),
    }),
  ).toMatchObject({ status: 413 });
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

const keptOf = async (
  sent: Record<string, string>,
  more: { body?: string; query?: string } = { body: "a" },
) => {
  const { hits, send } = setup();
  await send({ ...more, headers: headers(sent) });
  return hits[0]!.headers;
};

test("what senders say in headers alone is kept, by name", async () => {
  const sent = {
    "x-shopify-topic": "orders/updated",
    "x-empty-no-more": " ",
    "ce-id": "1",
    "user-agent": "1C+Enterprise/8.3",
    "webhook-id": "msg_1",
    "webhook-timestamp": "1795170000",
    "svix-id": "msg_2",
    "svix-timestamp": "1795170000",
    // Named like keys, and none.
    "idempotency-key": "k1",
    "x-event-key": "repo:push",
    // The names of what is kept from nobody only begin alike.
    "x-keyboard": "1",
    "x-authority": "2",
    "x-tokens-left": "3",
  };
  expect(await keptOf(sent)).toEqual(sent);
  expect(await keptOf({ "x-topic": "a" }, { query: "a=1" })).toEqual({ "x-topic": "a" });
  expect(await keptOf({ "x-name": Buffer.from("Олена").toString("latin1"), "x-raw": "\xe9" })).toEqual({
    "x-name": "Олена",
    "x-raw": "é",
  });
});

test("what proves an origin, and what proxies and platforms add, is kept nowhere", async () => {
  const parts =
    "auth authorization token secret signature hmac key cookie password session credential forwarded cloud appengine envoy trace via";
  const names = parts
    .split(" ")
    .flatMap((part) => [`x-${part}`, `x-a-${part}-b`, `ce-${part}`, `x-a_${part}`]);
  for (const name of [
    ...names,
    "x-client-ip",
    "x-real-ip",
    "authorization",
    "cookie",
    "webhook-signature",
    "stripe-signature",
    "content-length",
    "accept",
    "x-hub-signature-256",
    "x-empty",
  ])
    expect([name, await keptOf({ [name]: name === "x-empty" ? "" : "s3cret" })]).toEqual([name, undefined]);
});

test("at most 40 headers are kept, each of 1,024 bytes, on a whole letter, and no name longer than the queue takes", async () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-${index}`, "v"]));
  expect(Object.keys((await keptOf(many))!)).toHaveLength(headersMax);
  const long = await keptOf({
    "x-long": Buffer.from(`a${"é".repeat(600)}`).toString("latin1"),
    [`x-${"n".repeat(headerNameBytesMax)}`]: "1",
    "x-short": "1",
  });
  expect(long).toEqual({ "x-long": `a${"é".repeat(511)}`, "x-short": "1" });
});

test("a Content-Encoding that is no coding is kept, and one that is undone or unknown is not", async () => {
  expect(await keptOf({ "content-encoding": "Windows-1251" })).toEqual({
    "content-encoding": "Windows-1251",
  });
  expect(await keptOf({ "content-encoding": "UTF-8, none" })).toEqual({ "content-encoding": "UTF-8, none" });
  expect(await keptOf({ "content-encoding": "gzip" })).toBeUndefined();
  expect(await keptOf({ "content-encoding": "gzip, utf-8" })).toEqual({ "content-encoding": "utf-8" });
  expect(await keptOf({ "content-encoding": "" })).toBeUndefined();
  expect(await keptOf({ "content-encoding": "utf-8" }, { query: "a=1" })).toBeUndefined();
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
  ["sender", { table: 7, sender: "shopify" }, true],
  ["handshake", { table: 7, handshake: {} }, true],
  ["auth in text that is no JSON", '{"table":"a.b","auth":{"kind":"hmac"},}', true],
  ["no proof", { table: 7, name: "auth" }, false],
  ["no proof in text that is no JSON", "{", false],
  ["auth, and reads well", { table: "a.b", offset: "UTC", auth: {} }, false],
])("of a document with %s, a hit is kept apart where it cannot be read", async (_, document, apart) => {
  const { hits, send } = setup(document as object);
  expect((await send({ body: "a=1" })).status).toBe(200);
  expect(hits[0]!.kept_apart).toBe(apart ? true : undefined);
});

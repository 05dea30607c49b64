import { expect, test } from "@jest/globals";
import { openAdmin } from "../support/admin.ts";

const id = "11111111-1111-4111-8111-111111111111";
const hit = {
  hit_id: "aaaaaaaa-0000-4000-8000-000000000001",
  stream_id: id,
  received_at: 1000,
  body: Buffer.from("a\nb"),
};

test("the tail of a stream is written as server-sent events, and goes on after Last-Event-ID", async () => {
  const { send, registry, tail } = await openAdmin();
  registry.put(id, { table: "a.b", offset: "UTC" });
  const gone = new AbortController();
  const follow = async (headers: Record<string, string> = {}) => {
    const seen = await send("GET", `/v1/streams/${id}/tail`, undefined, {
      gone: gone.signal,
      headers,
    });
    expect(seen).toMatchObject({
      status: 200,
      headers: { "content-type": "text/event-stream" },
    });
    const events = (seen.body as AsyncIterable<string>)[Symbol.asyncIterator]();
    return async () => (await events.next()).value as string | undefined;
  };
  const next = await follow();
  expect(await next()).toMatch(/^event: heartbeat\ndata: \{"at":\d+\}\n\n$/);
  tail.stored(hit);
  const first = (await next())!;
  expect(first).toMatch(/^event: hit\nid: \d+\ndata: \{.*"preview":"a\\nb"\}\n\n$/);
  const last = /id: (\d+)/.exec(first)![1]!;
  tail.stored({ ...hit, is_test: true });

  const again = await follow({ "last-event-id": last });
  expect(await again()).toContain("event: heartbeat");
  expect(await again()).toContain(`id: ${Number(last) + 1}\n`);
  const lost = await follow({ "last-event-id": "1" });
  await lost();
  expect(await lost()).toBe("event: left_out\ndata: {}\n\n");
  const odd = await follow({ "last-event-id": "odd" });
  expect(await odd()).toContain("event: heartbeat");

  gone.abort();
  expect(await again()).toBeUndefined();
});

test("each hit says whether it holds what is looked for, also one that came while the connection was broken", async () => {
  const { ask, send, registry, tail } = await openAdmin();
  registry.put(id, { table: "a.b", offset: "UTC" });
  const gone = new AbortController();
  const follow = async (filter: string, headers: Record<string, string> = {}) => {
    const { body } = await send("GET", `/v1/streams/${id}/tail?filter=${filter}`, undefined, {
      gone: gone.signal,
      headers,
    });
    const events = (body as AsyncIterable<string>)[Symbol.asyncIterator]();
    await events.next();
    return async () => String((await events.next()).value);
  };
  const body = (order: string) => Buffer.from(JSON.stringify({ pad: "x".repeat(500), order }));
  const [text, field, none] = await Promise.all([follow("ORDER-7"), follow("order%3Dorder-7"), follow("")]);
  const last = /id: (\d+)/;
  tail.stored({ ...hit, body: body("order-7") });
  const first = await text();
  expect(first).toContain('"holds":true');
  expect(await field()).toContain('"holds":true');
  expect(await none()).not.toContain("holds");
  tail.stored({ ...hit, body: body("order-77") });
  expect(await text()).toContain('"holds":true');
  expect(await field()).toContain('"holds":false');
  const again = await follow("order%3Dorder-77", { "last-event-id": last.exec(first)![1]! });
  expect(await again()).toContain('"holds":true');
  gone.abort();
  const long = await ask("GET", `/v1/streams/${id}/tail?filter=${"x".repeat(201)}`);
  expect(long.json.code).toBe("request_refused");
});

test("the tail of a stream that does not exist is 404", async () => {
  const { ask } = await openAdmin();
  expect((await ask("GET", `/v1/streams/${id}/tail`)).json.code).toBe("stream_unknown");
});

import { expect, test } from "@jest/globals";
import { headerNameBytesMax, headersMax } from "../../functions/headers.ts";
import { headers, setup } from "./setup.ts";

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

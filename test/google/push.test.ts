import { expect, test } from "@jest/globals";
import { toAttributes, type Hit } from "../../functions/hit.ts";
import type { Deliver, Verdict } from "../../functions/queue.ts";
import type { Reply } from "../../functions/request.ts";
import { atOnce } from "../../functions/turn.ts";
import { parsePush, pushBytesMax, pushHandler } from "../../infra/google/queue/push.ts";
import { makeHit } from "../support/hits.ts";
import { request } from "../support/request.ts";

/** Pub/Sub's push requests: what is an ack loses a message for ever, so that every odd one is tried here. */

interface Given {
  hit?: Hit;
  message?: Record<string, unknown>;
  push?: Record<string, unknown>;
}

/** As Pub/Sub sends it. */
function pushOf({ hit = makeHit(), message = {}, push = {} }: Given = {}): string {
  return JSON.stringify({
    message: {
      data: Buffer.from(hit.body).toString("base64"),
      attributes: toAttributes(hit),
      messageId: "136969346945",
      message_id: "136969346945",
      publishTime: "2026-01-02T03:04:05.678Z",
      ...message,
    },
    subscription: "projects/p/subscriptions/deliver",
    ...push,
  });
}

const parse = (text: string) => atOnce(parsePush(Buffer.from(text)));

test("a push gives the hit byte for byte, with its attempt and subscription", () => {
  for (const body of [
    Buffer.from([0xff, 0, 0xfe]),
    Buffer.alloc(0),
    Buffer.from("a"),
    Buffer.from("ab"),
    Buffer.alloc(1_000, 0xfb),
  ]) {
    const hit = makeHit({ body, query: 'a="é\u{1f600}\\' });
    expect(parse(pushOf({ hit, push: { deliveryAttempt: 5 } }))).toEqual({
      hit,
      messageId: "136969346945",
      attempt: 5,
      subscription: "projects/p/subscriptions/deliver",
    });
  }
});

test("a push without data or attempt, as Pub/Sub and its emulator send them, is read", () => {
  const hit = makeHit({ body: Buffer.alloc(0) });
  const push = parse(pushOf({ hit, message: { data: undefined } }));
  expect(push!.hit!.body).toHaveLength(0);
  expect(push).not.toHaveProperty("attempt");
});

test("a body of 8 MiB is read from its base64", () => {
  const body = Buffer.alloc(8 * 1024 * 1024, "0123456789\xff", "latin1");
  expect(Buffer.compare(parse(pushOf({ hit: makeHit({ body }) }))!.hit!.body, body)).toBe(0);
});

test("what is no push is none: no JSON, no message, no id, data that is no base64", () => {
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"push"',
    "{}",
    '{"message":null}',
    '{"message":[]}',
    '{"message":{"data":""}}',
    pushOf({ message: { messageId: 7 } }),
    pushOf({ message: { data: 7 } }),
    pushOf({ message: { data: "a*b=" } }),
    pushOf({ message: { data: "YW Jj" } }),
    pushOf({ message: { attributes: [] } }),
    pushOf({ message: { attributes: { hit_id: 7 } } }),
    "\u{feff}x",
  ]) {
    expect(parse(text)).toBeUndefined();
  }
});

test("a message of somebody else is a push without a hit", () => {
  expect(parse(pushOf({ message: { attributes: {} } }))).not.toHaveProperty("hit");
  expect(parse(pushOf({ message: { attributes: undefined } }))).toMatchObject({
    messageId: "136969346945",
  });
});

// --- the door ---

interface Asked {
  readonly reply: Reply;
  readonly delivered: Hit[];
  readonly parked: Hit[];
  readonly logged: { severity: string; event: unknown }[];
}

async function ask(
  path: string,
  body: string | Uint8Array,
  verdict: Verdict = "ack",
  method = "POST",
): Promise<Asked> {
  const delivered: Hit[] = [];
  const parked: Hit[] = [];
  const logged: Asked["logged"] = [];
  const deliver: Deliver = {
    deliver: async (hit) => (delivered.push(hit), verdict),
    park: async (hit) => (parked.push(hit), verdict),
  };
  const handler = pushHandler(
    deliver,
    (severity, _, fields) => void logged.push({ severity, event: fields?.["event"] }),
  );
  const reply = await handler(request({ method, path, body }));
  return { reply, delivered, parked, logged };
}

test("204 is said only for an ack, 503 for a nack", async () => {
  const hit = makeHit();
  const acked = await ask("/", pushOf({ hit }));
  expect(acked).toMatchObject({
    reply: { status: 204 },
    delivered: [hit],
    parked: [],
  });
  expect((await ask("/", pushOf(), "nack")).reply.status).toBe(503);
});

test("what Pub/Sub gave up on is parked, not delivered", async () => {
  const hit = makeHit();
  expect(await ask("/parked", pushOf({ hit }))).toMatchObject({
    reply: { status: 204 },
    delivered: [],
    parked: [hit],
  });
  expect((await ask("/parked", pushOf(), "nack")).reply.status).toBe(503);
});

test("a body that is no push is 400 and never an ack, whatever it is", async () => {
  for (const path of ["/", "/parked"]) {
    for (const body of ["", "{}", "not json", Buffer.from([0xff, 0xfe])]) {
      await expect(ask(path, body)).rejects.toMatchObject({
        code: "bad_request",
        status: 400,
      });
    }
  }
});

test("a message that is no hit is refused until Pub/Sub gives up on it, and then named in the log as an error", async () => {
  const push = pushOf({ message: { attributes: { from: "somebody else" } } });
  expect(await ask("/", push)).toMatchObject({
    reply: { status: 503 },
    logged: [{ severity: "WARNING", event: "foreign_message" }],
  });
  expect(await ask("/parked", push)).toMatchObject({
    reply: { status: 204 },
    logged: [{ severity: "ERROR", event: "foreign_message" }],
  });
});

test("other paths and methods are refused as such", async () => {
  await expect(ask("/other", pushOf())).rejects.toMatchObject({ status: 404 });
  await expect(ask("/", pushOf(), "ack", "GET")).rejects.toMatchObject({
    status: 405,
    headers: { allow: "POST" },
  });
});

test("the largest message that Pub/Sub can hold passes; past that is 413", async () => {
  const largest = pushOf({ hit: makeHit({ body: Buffer.alloc(9_990_000) }) });
  expect((await ask("/", largest)).reply.status).toBe(204);
  await expect(ask("/", Buffer.alloc(pushBytesMax + 1))).rejects.toMatchObject({
    status: 413,
  });
});

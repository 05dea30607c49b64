import { expect, test } from "@jest/globals";
import { toAttributes, type Attributes, type Hit } from "../../../functions/hit.ts";
import { queueDown } from "../../../functions/problems.ts";
import type { Verdict } from "../../../functions/queue.ts";
import type { Reply } from "../../../functions/request.ts";
import { atOnce } from "../../../functions/turn.ts";
import { parsePush, pushBytesMax, pushHandler } from "../../../infra/google/queue/push.ts";
import { makeHit } from "../../support/hits.ts";
import { request } from "../../support/request.ts";

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
      attributes: toAttributes(hit),
      body,
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
  /** What the retry topic was given. */
  readonly retried: { attributes: Attributes; body: Uint8Array }[];
  readonly logged: { severity: string; event: unknown }[];
}

interface Asking {
  readonly verdict?: Verdict;
  readonly method?: string;
  readonly retry?: () => Promise<void>;
}

async function ask(
  path: string,
  body: string | Uint8Array,
  { verdict = "ack", method = "POST", retry = async () => undefined }: Asking = {},
): Promise<Asked> {
  const delivered: Hit[] = [];
  const parked: Hit[] = [];
  const retried: Asked["retried"] = [];
  const logged: Asked["logged"] = [];
  const handler = pushHandler({
    deliver: {
      deliver: async (hit) => (delivered.push(hit), verdict),
      park: async (hit) => (parked.push(hit), verdict),
    },
    retries: { publish: (attributes, bytes) => (retried.push({ attributes, body: bytes }), retry()) },
    log: (severity, _, fields) => void logged.push({ severity, event: fields?.["event"] }),
  });
  const reply = await handler(request({ method, path, body }));
  return { reply, delivered, parked, retried, logged };
}

test("204 is said only for an ack, 503 for a nack, and neither is tried later", async () => {
  const hit = makeHit();
  for (const path of ["/", "/retried"]) {
    expect(await ask(path, pushOf({ hit }))).toMatchObject({
      reply: { status: 204 },
      delivered: [hit],
      parked: [],
      retried: [],
    });
    expect(await ask(path, pushOf(), { verdict: "nack" })).toMatchObject({
      reply: { status: 503 },
      retried: [],
    });
  }
});

test("what comes later is acked once the retry topic has it, with all its attributes, also those that no hit has", async () => {
  const hit = makeHit({ body: Buffer.from([0xff, 0, 0xfe]), query: 'a="é\u{1f600}\\' });
  const attributes = { ...toAttributes(hit), "x-of-a-later-version": "kept" };
  const begun = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  let answered = false;
  const asked = ask("/", pushOf({ hit, message: { attributes } }), {
    verdict: "later",
    retry: () => (begun.resolve(), stored.promise),
  }).finally(() => (answered = true));
  await begun.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  stored.resolve();
  expect(await asked).toMatchObject({
    reply: { status: 204 },
    retried: [{ attributes, body: hit.body }],
  });
});

test("a retry topic that takes nothing makes it a nack, and is named in the log", async () => {
  const retry = () => Promise.reject(queueDown({ why: "made by the test" }));
  expect(await ask("/", pushOf(), { verdict: "later", retry })).toMatchObject({
    reply: { status: 503 },
    logged: [{ severity: "ERROR", event: "retry_failed" }],
  });
});

test("what comes later once more is refused to the retry topic's own subscription, which pauses and counts", async () => {
  for (const path of ["/retried", "/parked"])
    expect(await ask(path, pushOf(), { verdict: "later" })).toMatchObject({
      reply: { status: 503 },
      retried: [],
    });
});

test("what Pub/Sub gave up on is parked, not delivered", async () => {
  const hit = makeHit();
  expect(await ask("/parked", pushOf({ hit }))).toMatchObject({
    reply: { status: 204 },
    delivered: [],
    parked: [hit],
  });
  expect((await ask("/parked", pushOf(), { verdict: "nack" })).reply.status).toBe(503);
});

test("a body that is no push is 400 and never an ack, whatever it is", async () => {
  for (const path of ["/", "/retried", "/parked"]) {
    for (const body of ["", "{}", "not json", Buffer.from([0xff, 0xfe])]) {
      await expect(ask(path, body)).rejects.toMatchObject({
        code: "bad_request",
        status: 400,
      });
    }
  }
});

test("a message that is no hit comes later until Pub/Sub gives up on it, and is then named in the log as an error", async () => {
  const push = pushOf({ message: { attributes: { from: "somebody else" } } });
  expect(await ask("/", push)).toMatchObject({
    reply: { status: 204 },
    retried: [{ attributes: { from: "somebody else" } }],
    logged: [{ severity: "WARNING", event: "foreign_message" }],
  });
  expect(await ask("/retried", push)).toMatchObject({
    reply: { status: 503 },
    retried: [],
    logged: [{ severity: "WARNING", event: "foreign_message" }],
  });
  expect(await ask("/parked", push)).toMatchObject({
    reply: { status: 204 },
    logged: [{ severity: "ERROR", event: "foreign_message" }],
  });
});

test("other paths and methods are refused as such", async () => {
  await expect(ask("/other", pushOf())).rejects.toMatchObject({ status: 404 });
  await expect(ask("/", pushOf(), { method: "GET" })).rejects.toMatchObject({
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

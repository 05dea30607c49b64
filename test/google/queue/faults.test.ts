import { expect, test } from "@jest/globals";
import { grpc } from "google-gax";
import type { Hit } from "../../../functions/hit.ts";
import { openQueue } from "../../../infra/google/queue/queue.ts";
import { requestBytesMax } from "../../../infra/google/queue/topic.ts";
import { startFakePubsub, type FakePubsub } from "../../support/doubles/fake-pubsub.ts";
import { freePort } from "../../support/google/emulators.ts";
import { makeHit } from "../../support/hits.ts";
import { startProxy } from "../../support/wire/tcp-proxy.ts";
import { soon } from "../../support/soon.ts";
import { until } from "../../support/until.ts";

/** Pub/Sub as it is in production and on its bad days: its limits, its errors, its silence. */

const deadlineMs = 60_000;
const down = { code: "queue_down" };
type Queue = ReturnType<typeof openQueue>;

function promise(
  name: string,
  keep: (fake: FakePubsub, queue: Queue) => Promise<void>,
  config: { pendingBytesMax?: number } = {},
): void {
  test(name, async () => {
    const fake = await startFakePubsub();
    const queue = openQueue({
      project: "p",
      topic: "hits",
      emulator: fake.address,
      ...config,
    });
    try {
      await keep(fake, queue);
    } finally {
      fake.behave("store");
      const closing = queue.close();
      fake.close();
      await closing;
    }
  });
}

promise("hits that arrive together share publishes, and each is named its topic", async (fake, queue) => {
  const hits = Array.from({ length: 2_500 }, (_, n) => makeHit({ body: Buffer.from(`hit ${n}`) }));
  await Promise.all(hits.map((hit) => queue.publish(hit, { deadlineMs })));
  expect(fake.messages.map(({ data }) => data.toString())).toEqual(hits.map((_, n) => `hit ${n}`));
  expect(Math.max(...fake.requests.map(({ messages }) => messages))).toBe(1_000);
  expect(fake.requests.length).toBeLessThan(10);
  for (const { topic, routing } of fake.requests) {
    expect(topic).toBe("projects/p/topics/hits");
    expect(routing).toBe("topic=projects/p/topics/hits");
  }
});

promise("hits of 8 MiB go one by one: a publish holds 10 MB", async (fake, queue) => {
  const long = "x".repeat(1024);
  const large = makeHit({
    body: Buffer.alloc(8 * 1024 * 1024, 7),
    content_type: long,
    query: long,
    content_encoding: long,
  });
  await Promise.all([large, large, large].map((hit) => queue.publish(hit, { deadlineMs })));
  expect(fake.requests.map(({ messages }) => messages)).toEqual([1, 1, 1]);
  expect(fake.messages.every(({ data }) => Buffer.compare(data, large.body) === 0)).toBe(true);
});

promise("requests are filled up to 10 MB and not a byte further", async (fake, queue) => {
  const hits = Array.from({ length: 300 }, () => makeHit({ body: Buffer.alloc(100_000) }));
  await Promise.all(hits.map((hit) => queue.publish(hit, { deadlineMs })));
  expect(fake.messages).toHaveLength(300);
  const largest = Math.max(...fake.requests.map(({ bytes }) => bytes));
  expect(largest).toBeLessThanOrEqual(requestBytesMax);
  expect(largest).toBeGreaterThan(requestBytesMax - 101_000);
});

promise(
  "a message of exactly 10 MB is stored; a byte more is refused before it is sent",
  async (fake, queue) => {
    const bare = (bytes: number): Hit => ({
      ...bareHit,
      body: Buffer.alloc(bytes),
    });
    await queue.publish(bare(1_000_000), { deadlineMs });
    const overhead = fake.requests[0]!.bytes - 1_000_000;
    // Lengths of more than 2 MiB take a byte more each, twice.
    await queue.publish(bare(requestBytesMax - overhead - 2), { deadlineMs });
    expect(fake.requests.at(-1)!.bytes).toBe(requestBytesMax);
    await expect(queue.publish(bare(requestBytesMax - overhead - 1), { deadlineMs })).rejects.toMatchObject(
      down,
    );
    expect(fake.requests).toHaveLength(2);
  },
);

promise(
  "an attribute past Pub/Sub's limit is refused alone, and its neighbours are stored",
  async (fake, queue) => {
    const outcomes = await Promise.allSettled([
      queue.publish(makeHit({ query: "é".repeat(512) }), { deadlineMs }),
      queue.publish(makeHit({ query: `${"é".repeat(512)}a` }), { deadlineMs }),
      queue.publish(makeHit(), { deadlineMs }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(fake.messages).toHaveLength(2);
  },
);

promise("a hit without body keeps its attributes, and an attribute may be empty", async (fake, queue) => {
  await queue.publish(makeHit({ body: Buffer.alloc(0), content_type: "" }), {
    deadlineMs,
  });
  expect(fake.messages[0]).toMatchObject({
    data: Buffer.alloc(0),
    attributes: { content_type: "", date: "2020-10-19" },
  });
});

promise("a hit that Pub/Sub finds invalid fails alone", async (fake, queue) => {
  fake.behave((_, messages) =>
    messages.some(({ data }) => data.toString() === "bad") ? { code: grpc.status.INVALID_ARGUMENT } : "store",
  );
  const bodies = ["a", "bad", "b", "c"];
  const outcomes = await Promise.allSettled(
    bodies.map((body) => queue.publish(makeHit({ body: Buffer.from(body) }), { deadlineMs })),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  expect(fake.messages.map(({ data }) => data.toString()).sort()).toEqual(["a", "b", "c"]);
});

promise("a publish that fails for a moment is tried again within the deadline", async (fake, queue) => {
  fake.behave((nth) => (nth <= 3 ? { code: grpc.status.UNAVAILABLE } : "store"));
  await queue.publish(makeHit(), { deadlineMs });
  expect(fake.requests).toHaveLength(4);
});

promise("a missing topic or permission is said at once", async (fake, queue) => {
  for (const code of [grpc.status.NOT_FOUND, grpc.status.PERMISSION_DENIED, grpc.status.UNAUTHENTICATED]) {
    fake.behave({ code });
    const before = fake.requests.length;
    await expect(queue.publish(makeHit(), { deadlineMs })).rejects.toMatchObject(down);
    expect(fake.requests.length - before).toBe(1);
  }
});

promise(
  "an answer that acknowledges fewer hits than were sent is no acknowledgement",
  async (fake, queue) => {
    fake.behave("forget");
    await expect(queue.publish(makeHit(), { deadlineMs: 300 })).rejects.toMatchObject(down);
  },
);

promise(
  "a publish that hangs is refused when the deadline passes, not before and not much later",
  async (fake, queue) => {
    fake.behave("hang");
    const start = performance.now();
    const refused = queue.publish(makeHit(), { deadlineMs: 700 });
    await expect(soon("the publish is refused", 100, refused)).rejects.toMatchObject(down);
    expect(performance.now() - start).toBeGreaterThanOrEqual(699);
  },
);

promise(
  "what waits is bounded while Pub/Sub hangs: past the bound a hit is refused at once, and memory is given back",
  async (fake, queue) => {
    fake.behave("hang");
    const body = Buffer.alloc(90_000);
    const waiting = Array.from({ length: 10 }, () => queue.publish(makeHit({ body }), { deadlineMs: 1_500 }));
    let refused = 0;
    for (const one of waiting) one.catch(() => refused++);
    const outcomes = Promise.allSettled(waiting);
    await expect(
      queue.publish(makeHit({ body: Buffer.alloc(200_000) }), { deadlineMs }),
    ).rejects.toMatchObject(down);
    // At once: those before it still wait for their deadline.
    expect(refused).toBe(0);
    expect((await outcomes).every(({ status }) => status === "rejected")).toBe(true);
    fake.behave("store");
    await queue.publish(makeHit({ body: Buffer.alloc(900_000) }), {
      deadlineMs,
    });
  },
  { pendingBytesMax: 1_000_000 },
);

promise("hits go on once Pub/Sub answers again after it hung", async (fake, queue) => {
  fake.behave("hang");
  await expect(queue.publish(makeHit(), { deadlineMs: 300 })).rejects.toMatchObject(down);
  fake.behave("store");
  await queue.publish(makeHit(), { deadlineMs });
});

test("a connection that went silent is replaced within the deadline of the hit that noticed", async () => {
  const fake = await startFakePubsub();
  const proxy = await startProxy(fake.address);
  const queue = openQueue({
    project: "p",
    topic: "hits",
    emulator: proxy.address,
  });
  try {
    await queue.publish(makeHit(), { deadlineMs });
    proxy.silence();
    await queue.publish(makeHit(), { deadlineMs: 4_000 });
    expect(proxy.opened()).toBe(2);
  } finally {
    await queue.close();
    await proxy.close();
    fake.close();
  }
});

test("hits are refused within the deadline while nobody listens, and stored once somebody does", async () => {
  const port = await freePort();
  const queue = openQueue({
    project: "p",
    topic: "hits",
    emulator: `127.0.0.1:${port}`,
  });
  try {
    await expect(queue.publish(makeHit(), { deadlineMs: 500 })).rejects.toMatchObject(down);
    await expect(queue.check()).rejects.toMatchObject(down);
    const waits = queue.publish(makeHit(), { deadlineMs });
    const fake = await startFakePubsub(port);
    try {
      await waits;
      await queue.check();
      expect(fake.messages).toHaveLength(1);
    } finally {
      fake.close();
    }
  } finally {
    await queue.close();
  }
});

promise(
  "check asks only when no publish has told, and once for all who ask at the same time",
  async (fake, queue) => {
    await Promise.all([queue.check(), queue.check(), queue.check()]);
    expect(fake.probes()).toBe(1);
    await queue.publish(makeHit(), { deadlineMs });
    await queue.check();
    expect(fake.probes()).toBe(1);
  },
);

promise(
  "check says no without the permission, while Pub/Sub hangs, and after a publish that failed",
  async (fake, queue) => {
    fake.grant([]);
    await expect(queue.check()).rejects.toMatchObject(down);
    fake.grant("hang");
    await expect(queue.check()).rejects.toMatchObject(down);
    fake.grant(["pubsub.topics.publish"]);
    await queue.publish(makeHit(), { deadlineMs });
    fake.behave({ code: grpc.status.PERMISSION_DENIED });
    await expect(queue.publish(makeHit(), { deadlineMs })).rejects.toMatchObject(down);
    fake.grant([]);
    await expect(queue.check()).rejects.toMatchObject(down);
  },
);

promise("close answers everybody, also while Pub/Sub hangs", async (fake, queue) => {
  fake.behave("hang");
  const outcome = queue.publish(makeHit(), { deadlineMs: 3_000 }).then(
    () => "stored",
    () => "refused",
  );
  await until("it is on its way", () => fake.requests.length === 1);
  await queue.close();
  expect(await outcome).toBe("refused");
});

const { hit_id, stream_id, received_at } = makeHit();
const bareHit = { hit_id, stream_id, received_at };

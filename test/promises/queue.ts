import { expect } from "@jest/globals";
import type { Hit } from "../../functions/hit.ts";
import type { Backlog, Deliver, Queue, Verdict } from "../../functions/queue.ts";
import { headerNameBytesMax, headersMax } from "../../functions/headers.ts";
import { isProblem } from "../../functions/problem.ts";
import { queueDown } from "../../functions/problems.ts";
import { makeHit } from "../support/hits.ts";
import { until } from "../support/until.ts";
import { keepLetters } from "./keep-letters.ts";
import { promiseSuite } from "./suite.ts";

/** What every queue promises, whatever ground it runs on. */

export interface OpenedQueue {
  queue: Queue;
  /** Where the queue can be searched. */
  backlog?: Backlog;
  /** Delivers what waits and what comes, until it is stopped. */
  subscribe(deliver: Deliver): Promise<Subscription> | Subscription;
  /** The same stored hits in a queue that was closed and opened again; this one is not used any more. */
  reopen?(): Promise<OpenedQueue>;
  close(): Promise<void>;
}

export interface Subscription {
  stop(): Promise<void>;
}

/** A queue without hits, whose first pause before another attempt is short.
 *  @param attemptsMax after so many attempts a hit is given up on; the product's where left out. A driver may
 *  count from the second one on */
export type OpenQueue = (attemptsMax?: number) => Promise<OpenedQueue>;

/** As few as Pub/Sub allows. */
const fewAttempts = 5;

const deadlineMs = 60_000;

/** @param cannot promises that the driver declines, by name, each with its reason */
export function queuePromises(driver: string, open: OpenQueue, cannot: Record<string, string> = {}): void {
  const setup = async (attemptsMax?: number) => {
    const opened = await open(attemptsMax);
    return { setup: opened, close: () => opened.close() };
  };
  const { promise, end } = promiseSuite<OpenedQueue>(driver, () => setup(), cannot);

  promise("a count of refused requests comes out as one, and never as a hit", async (opened) => {
    const sent: Hit = { ...bare(), date: "2020-10-19", refused: true };
    await opened.queue.publish(sent, { deadlineMs });
    const got = await deliverAll(opened, 1);
    expect(plain(got.get(sent.hit_id)!)).toEqual(plain(sent));
  });

  promise("a hit comes out byte for byte as it went in", async (opened) => {
    const bodies = [
      Buffer.from([0xff, 0x00]),
      Buffer.alloc(0),
      Buffer.from("\0\r\n{}'\"\u2028é"),
      Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
      Buffer.alloc(8 * 1024 * 1024, "0123456789abcdef\xff", "latin1"),
    ];
    const sent = bodies.map((body) => makeHit({ body }));
    for (const hit of sent) await opened.queue.publish(hit, { deadlineMs });
    const got = await deliverAll(opened, sent.length);
    for (const hit of sent) expect(Buffer.compare(got.get(hit.hit_id)!.body, hit.body)).toBe(0);
  });

  promise("all that belongs to a hit arrives with it", async (opened) => {
    const long = "x".repeat(1024);
    const sent = [
      makeHit({
        content_type: long,
        content_encoding: long,
        query: long,
        headers: Object.fromEntries(
          Array.from({ length: headersMax }, (_, index) => [
            `x-${index}`.padEnd(headerNameBytesMax, "n"),
            "é".repeat(512),
          ]),
        ),
        is_test: true,
        kept_apart: true,
        replay: 7,
      }),
      makeHit({
        content_type: "é".repeat(512),
        // Named like what a hit is made of.
        headers: { "x-hit_id": "1", hit_id: "2", "ce-id": "é\u{1f600}" },
        query: 'a=%FF&b="quoted"\\&c=\'\u{1f600}',
      }),
      bare(),
    ];
    for (const hit of sent) await opened.queue.publish(hit, { deadlineMs });
    const got = await deliverAll(opened, sent.length);
    for (const hit of sent) expect(plain(got.get(hit.hit_id)!)).toEqual(plain(hit));
  });

  promise("a hit that was acked does not come again", async (opened) => {
    const seen: string[] = [];
    const subscription = await opened.subscribe(
      everyTime(async (hit) => {
        seen.push(hit.hit_id);
        return "ack";
      }),
    );
    const first = makeHit();
    await opened.queue.publish(first, { deadlineMs });
    await until("it is delivered", () => seen.length === 1);
    // Later hits pass all the way: the first had its chance to come back.
    for (let i = 0; i < 20; i++) await opened.queue.publish(makeHit(), { deadlineMs });
    await until("all are delivered", () => new Set(seen).size === 21);
    await subscription.stop();
    expect(seen.filter((id) => id === first.hit_id)).toHaveLength(1);
  });

  promise("a hit that comes later does so after pauses that grow", async (opened) => {
    const at: number[] = [];
    const subscription = await opened.subscribe(
      everyTime(async () => {
        at.push(performance.now());
        return at.length < 6 ? "later" : "ack";
      }),
    );
    await opened.queue.publish(makeHit(), { deadlineMs });
    await until("six attempts", () => at.length === 6);
    await subscription.stop();
    const pauses = at.slice(1).map((time, index) => time - at[index]!);
    // The first is none where retries wait in a place of their own: it is the way there.
    pauses.shift();
    // Several times as long by the fifth: a busy machine, where each is somewhat longer, does not hide that.
    expect(pauses.at(-1)!).toBeGreaterThan(2 * Math.min(...pauses));
  });

  promise("a hit that was nacked comes again", async (opened) => {
    let attempts = 0;
    const subscription = await opened.subscribe(everyTime(async () => (++attempts < 3 ? "nack" : "ack")));
    await opened.queue.publish(makeHit(), { deadlineMs });
    await until("three attempts", () => attempts === 3);
    await subscription.stop();
  });

  promise("a hit that comes later holds up no other", async (opened) => {
    const acked = new Set<string>();
    const sick = makeHit();
    const subscription = await opened.subscribe(
      everyTime(async (hit) => {
        if (hit.hit_id === sick.hit_id) return "later";
        acked.add(hit.hit_id);
        return "ack";
      }),
    );
    await opened.queue.publish(sick, { deadlineMs });
    for (let i = 0; i < 10; i++) await opened.queue.publish(makeHit(), { deadlineMs });
    await until("the others are through", () => acked.size === 10);
    await subscription.stop();
  });

  promise("a delivery that throws loses nothing", async (opened) => {
    let attempts = 0;
    const subscription = await opened.subscribe(
      everyTime(async () => {
        attempts++;
        if (attempts === 1) throw new Error("made by the test");
        return "ack";
      }),
    );
    await opened.queue.publish(makeHit(), { deadlineMs });
    await until("a second attempt", () => attempts >= 2);
    await subscription.stop();
  });

  promise("500 hits at once all arrive, in whatever order", async (opened) => {
    const sent = Array.from({ length: 500 }, (_, i) => makeHit({ body: Buffer.from(`hit ${i}`) }));
    await Promise.all(sent.map((hit) => opened.queue.publish(hit, { deadlineMs })));
    const got = await deliverAll(opened, sent.length);
    for (const hit of sent) expect(Buffer.compare(got.get(hit.hit_id)!.body, hit.body)).toBe(0);
  });

  promise("hits arrive while others are published", async (opened) => {
    const seen = new Set<string>();
    const subscription = await opened.subscribe(
      everyTime(async (hit) => {
        seen.add(hit.hit_id);
        return "ack";
      }),
    );
    for (let i = 0; i < 30; i++) {
      await opened.queue.publish(makeHit(), { deadlineMs });
      await until("it has arrived", () => seen.size > i);
    }
    await subscription.stop();
  });

  promise("a hit waits for its subscriber to come back from a stop", async (opened) => {
    await (await opened.subscribe(everyTime(async () => "ack"))).stop();
    const hit = makeHit();
    await opened.queue.publish(hit, { deadlineMs });
    expect((await deliverAll(opened, 1)).has(hit.hit_id)).toBe(true);
  });

  promise("a deadline that has passed is refused as queue_down", async (opened) => {
    // 0 ms is past for every store that syncs; a refusal is the code, never another error.
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        opened.queue.publish(makeHit({ body: Buffer.alloc(1024 * 1024) }), {
          deadlineMs: 0,
        }),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(isProblem(reason, queueDown)).toBe(true);
  });

  promise("check says yes while hits can be stored", async (opened) => {
    await opened.queue.check();
    await Promise.all([opened.queue.check(), opened.queue.check()]);
  });

  promise("close waits for what was published", async (opened) => {
    const outcomes: string[] = [];
    for (let i = 0; i < 50; i++)
      void opened.queue.publish(makeHit(), { deadlineMs }).then(
        () => outcomes.push("stored"),
        (error: unknown) => outcomes.push(String(error)),
      );
    await opened.queue.close();
    expect(outcomes).toEqual(Array(50).fill("stored"));
    await opened.queue.close(); // twice is fine
  });

  promise("publish after close is refused as queue_down", async (opened) => {
    await opened.queue.close();
    await expect(opened.queue.publish(makeHit(), { deadlineMs })).rejects.toMatchObject({
      code: "queue_down",
    });
  });

  promise("what was published survives that the queue is closed and opened", async (opened) => {
    const sent = [makeHit({ body: Buffer.from([0xff, 0x00]) }), makeHit({ query: "a=1" }), bare()];
    for (const hit of sent) await opened.queue.publish(hit, { deadlineMs });
    const again = await opened.reopen!();
    try {
      const got = await deliverAll(again, sent.length);
      for (const hit of sent) expect(plain(got.get(hit.hit_id)!)).toEqual(plain(hit));
    } finally {
      await again.close();
    }
  });

  promise("what was acked stays gone when the queue is opened again", async (opened) => {
    const done = makeHit();
    await opened.queue.publish(done, { deadlineMs });
    await deliverAll(opened, 1);
    const again = await opened.reopen!();
    try {
      const waits = makeHit();
      await again.queue.publish(waits, { deadlineMs });
      expect([...(await deliverAll(again, 1)).keys()]).toEqual([waits.hit_id]);
    } finally {
      await again.close();
    }
  });

  promise("the backlog knows which hits wait", async (opened) => {
    const backlog = opened.backlog!;
    expect(await backlog.depth()).toEqual({ waiting: 0 });
    const older = makeHit({ received_at: 1_000 });
    const newer = makeHit({ received_at: 2_000 });
    await opened.queue.publish(older, { deadlineMs });
    await opened.queue.publish(newer, { deadlineMs });
    expect(await backlog.depth()).toEqual({
      waiting: 2,
      oldest_received_at: 1_000,
    });
    expect(await backlog.find(newer.hit_id)).toBe("waiting");
    expect(await backlog.find(makeHit().hit_id)).toBe("absent");
    await deliverAll(opened, 2);
    await until("nothing waits", async () => (await backlog.depth()).waiting === 0);
    expect(await backlog.find(newer.hit_id)).toBe("absent");
  });

  const given = full();
  promise(
    "all that belongs to a hit survives each attempt, giving up, the dead letter and its replay",
    async (opened) => {
      const letters = await keepLetters(opened);
      const attempts: Hit[] = [];
      const parked: Hit[] = [];
      let replayed: Hit | undefined;
      const subscription = await opened.subscribe({
        deliver: async (hit) => {
          if (hit.replay === (given.replay ?? 0) + 1) {
            replayed = hit;
            return "ack";
          }
          attempts.push(hit);
          return "later";
        },
        park: async (hit) => {
          const verdict = await letters.deliver.park(hit);
          parked.push(hit);
          return verdict;
        },
      });
      try {
        await opened.queue.publish(given, { deadlineMs });
        await until("it is given up on", () => parked.length === 1);
        await letters.replay(given.hit_id);
        await until("its replay is delivered", () => replayed !== undefined);
      } finally {
        await subscription.stop();
      }
      expect(attempts.length).toBeGreaterThanOrEqual(fewAttempts);
      for (const hit of [...attempts, ...parked]) expect(plain(hit)).toEqual(plain(given));
      // It begins anew, at its row.
      const { for_import: _for, ...anew } = plain(given);
      expect(plain(replayed!)).toEqual({ ...anew, replay: (given.replay ?? 0) + 1 });
    },
    () => setup(fewAttempts),
  );

  end();
}

/** All that a hit can be sent with: a property that is new is missing here, and the types say so. `altered`
 *  is a queue's own finding about a message, and what is `refused` is no hit. */
function full(): Required<Omit<Hit, "altered" | "refused">> {
  const { hit_id, stream_id, received_at } = makeHit();
  return {
    hit_id,
    stream_id,
    received_at,
    body: Buffer.from([0xff, 0, 0xfe]),
    date: "2020-10-19",
    content_type: "text/plain; charset=klingon",
    content_encoding: "zstd",
    query: 'a=%FF&b="quoted"\\&c=\'\u{1f600}',
    headers: { "x-shop": 'a "b" \u{1f600}', "webhook-id": "msg_1" },
    is_test: true,
    kept_apart: true,
    // Longer than an attribute may be.
    proof: "sealed/+=".repeat(400),
    replay: 7,
    for_import: true,
  };
}

/** The same answer for both ways of delivery. */
export function everyTime(answer: (hit: Hit) => Promise<Verdict>): Deliver {
  return { deliver: answer, park: answer };
}

/** Acks everything until `count` different hits have come. */
async function deliverAll(opened: OpenedQueue, count: number): Promise<Map<string, Hit>> {
  const got = new Map<string, Hit>();
  const subscription = await opened.subscribe(
    everyTime(async (hit) => {
      got.set(hit.hit_id, hit);
      return "ack";
    }),
  );
  try {
    await until(`${count} hits arrive`, () => got.size >= count);
  } finally {
    await subscription.stop();
  }
  expect(got.size).toBe(count);
  return got;
}

/** Only what every hit has. */
function bare(): Hit {
  const { hit_id, stream_id, received_at, body } = makeHit();
  return { hit_id, stream_id, received_at, body };
}

function plain(hit: Hit): Record<string, unknown> {
  return { ...hit, body: Buffer.from(hit.body).toString("base64") };
}

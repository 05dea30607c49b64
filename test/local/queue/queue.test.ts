import { expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPump } from "../../../infra/local/queue/pump.ts";
import { openQueue, pauseOf } from "../../../infra/local/queue/queue.ts";
import { type OpenedQueue, queuePromises } from "../../promises/queue.ts";
import { makeHit } from "../../support/hits.ts";
import { all, byHand, deadlineMs, leaseAll, promise, publishAll, quiet, someHits } from "./setup.ts";

async function openIn(directory: string, attemptsMax?: number, removed = false): Promise<OpenedQueue> {
  const queue = await openQueue({
    directory,
    log: quiet,
    pauseMsMin: 100,
    ...(attemptsMax !== undefined && { attemptsMax }),
  });
  let moved = removed;
  return {
    queue,
    backlog: queue,
    subscribe: (deliver) => startPump(queue, deliver, { log: quiet }),
    async reopen() {
      await queue.close();
      moved = true;
      return openIn(directory, attemptsMax);
    },
    async close() {
      await queue.close();
      if (!moved) await rm(directory, { recursive: true });
    },
  };
}

queuePromises("SQLite", async (attemptsMax) =>
  openIn(await mkdtemp(join(tmpdir(), "afterclick-test-")), attemptsMax),
);

promise("a hit is in the file at the moment publish resolves", async (directory, open) => {
  const queue = await open();
  const hit = makeHit({ body: Buffer.from([0xff, 0x00]) });
  await queue.publish(hit, { deadlineMs });
  const row = byHand(directory, (db) => db.prepare("SELECT attributes, body FROM messages").get());
  expect(JSON.parse(String(row?.attributes))).toMatchObject({
    hit_id: hit.hit_id,
    received_at: "1603131452000",
  });
  expect(row?.body).toEqual(new Uint8Array([0xff, 0x00]));
});

promise("what does not fit into memory is read back from the file, each hit once", async (_, open) => {
  const queue = await open({ ringBytesMax: 20_000 });
  const hits = Array.from({ length: 700 }, (_unused, i) => makeHit({ body: Buffer.from(`body ${i}`) }));
  await publishAll(queue, hits);
  const leases = await leaseAll(queue, 700);
  const bodies = new Map(leases.map(({ hit }) => [hit.hit_id, hit.body]));
  for (const hit of hits) expect(Buffer.compare(bodies.get(hit.hit_id)!, hit.body)).toBe(0);
  expect(await queue.lease(...all)).toEqual([]);
});

promise("a lease holds what was asked for, and one hit of any size", async (_, open) => {
  const queue = await open({ ringBytesMax: 0 });
  await publishAll(queue, someHits(10, { body: Buffer.alloc(10_000) }));
  expect(await queue.lease(3, 2 ** 30)).toHaveLength(3);
  expect(await queue.lease(100, 1)).toHaveLength(1);
  expect(await queue.lease(100, 20_000)).toHaveLength(2);
  expect(await queue.lease(...all)).toHaveLength(4);
});

promise("attempts are counted over a restart, and used up they are for parking", async (_, open) => {
  const short = { attemptsMax: 3, pauseMsMin: 1, pauseMsMax: 5 };
  const hit = makeHit();
  let queue = await open(short);
  await queue.publish(hit, { deadlineMs });
  const seen: [number, boolean][] = [];
  for (let i = 0; i < 5; i++) {
    const [lease] = await leaseAll(queue, 1);
    seen.push([lease!.attempt, lease!.exhausted]);
    queue.nack(lease!.id);
    await queue.close();
    queue = await open(short);
  }
  expect(seen).toEqual([
    ...([
      [1, false],
      [2, false],
      [3, false],
    ] as const),
    ...([
      [4, true],
      [5, true],
    ] as const),
  ]);
  const [last] = await leaseAll(queue, 1);
  queue.ack(last!.id);
  await queue.close();
  queue = await open(short);
  expect(await queue.depth()).toEqual({ waiting: 0 });
  expect(await queue.lease(...all)).toEqual([]);
});

test("SQLite: pauses double from the first to the longest, at most a quarter shorter", () => {
  for (const [attempts, longest] of [
    [1, 1_000],
    [2, 2_000],
    [10, 512_000],
    [11, 600_000],
    [5_000, 600_000],
  ] as const) {
    const pause = pauseOf(attempts, 1_000, 600_000);
    expect(pause).toBeGreaterThanOrEqual(longest * 0.75);
    expect(pause).toBeLessThanOrEqual(longest);
  }
});

promise("a search passes acked hits and goes through many rows", async (_, open) => {
  const queue = await open();
  const hits = someHits(11_000);
  await publishAll(queue, hits);
  expect(await queue.find(hits.at(-1)!.hit_id)).toBe("waiting");
  expect(await queue.find(makeHit().hit_id)).toBe("absent");
});

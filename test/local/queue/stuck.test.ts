import { expect, jest } from "@jest/globals";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runInThisContext } from "node:vm";
import type { Worker } from "node:worker_threads";
import type { Hit } from "../../../functions/hit.ts";
import { queueFileName } from "../../../infra/local/queue/queue.ts";
import { flipIn } from "../../support/machine/flip.ts";
import { makeHit } from "../../support/hits.ts";
import { until } from "../../support/until.ts";
import { byHand, deadlineMs, idsOf, leaseAll, promise, publishAll, someHits } from "./setup.ts";

/** jest's own `process` is a copy that hears of no threads. */
const realProcess = runInThisContext("process") as NodeJS.Process;

promise(
  "somebody's open transaction on the file makes publish and check say queue_down by the deadline; acks and nacks made meanwhile count after it",
  async (directory, open) => {
    const queue = await open({ pauseMsMin: 1, pauseMsMax: 5 });
    await publishAll(queue, someHits(3));
    const [acked, nacked, kept] = await leaseAll(queue, 3);
    const db = new DatabaseSync(join(directory, queueFileName));
    try {
      db.exec("BEGIN IMMEDIATE");
      queue.ack(acked!.id);
      queue.nack(nacked!.id);
      await expect(queue.publish(makeHit(), { deadlineMs: 50 })).rejects.toMatchObject({
        code: "queue_down",
      });
      await expect(queue.check()).rejects.toMatchObject({ code: "queue_down" });
      db.exec("ROLLBACK");
    } finally {
      db.close();
    }
    const hit = makeHit();
    await queue.publish(hit, { deadlineMs });
    expect(await queue.find(hit.hit_id)).toBe("waiting");
    await until("the ack is in", async () => (await queue.depth()).waiting === 3);
    const back = await leaseAll(queue, 2);
    expect(idsOf(back.map((lease) => lease.hit))).toEqual(idsOf([hit, nacked!.hit]));
    expect(await queue.find(kept!.hit.hit_id)).toBe("waiting");
  },
);

promise(
  "the queue goes on after its thread died, and hands out again what was not acked",
  async (_, open) => {
    const deaths: string[] = [];
    let thread: Worker | undefined;
    realProcess.once("worker", (worker) => (thread = worker));
    const queue = await open({
      log: (_, message) => void deaths.push(message),
    });
    const hits = someHits(20);
    await publishAll(queue, hits);
    const out = await leaseAll(queue, 20);
    queue.ack(out[0]!.id);
    await thread!.terminate();
    const later = someHits(5);
    await publishAll(queue, later);
    expect(deaths.some((message) => message.includes("thread ended"))).toBe(true);
    // What is out stays out; what came meanwhile is handed out once.
    const fresh = await leaseAll(queue, 5);
    expect(idsOf(fresh.map(({ hit }) => hit))).toEqual(idsOf(later));
    await until("the ack is in", async () => (await queue.depth()).waiting === 24);
    await queue.close();
    const again = await open();
    const left = await leaseAll(again, 24);
    expect(idsOf(left.map(({ hit }) => hit))).toEqual(
      idsOf([...hits.filter(({ hit_id }) => hit_id !== out[0]!.hit.hit_id), ...later]),
    );
  },
);

promise(
  "a hit that was stored by a thread that died before it could say so is delivered, though nothing else happens",
  async (directory, open) => {
    let thread: Worker | undefined;
    realProcess.once("worker", (worker) => (thread = worker));
    const queue = await open();
    let wakes = 0;
    queue.onWork(() => wakes++);
    const before = wakes;
    await thread!.terminate();
    expect(wakes).toBeGreaterThan(before);
    const { hit_id, stream_id, body } = makeHit();
    byHand(directory, (db) =>
      db
        .prepare("INSERT INTO messages(attributes, body) VALUES (?, ?)")
        .run(JSON.stringify({ hit_id, stream_id, received_at: "1" }), body),
    );
    expect((await leaseAll(queue, 1))[0]!.hit.hit_id).toBe(hit_id);
  },
);

/** Years of 365 days by which the clock is wrong, until `right` is called. */
function wrongClock(years: number): { right(): void } {
  const now = Date.now.bind(Date);
  const clock = jest.spyOn(Date, "now").mockImplementation(() => now() + years * 365 * 86_400_000);
  return { right: () => clock.mockRestore() };
}

for (const years of [1, 20, -20]) {
  promise(
    `hits that were nacked under a clock ${years} years off come again once it is right, with a restart or without`,
    async (_, open) => {
      const short = { pauseMsMin: 1, pauseMsMax: 50 };
      const hits = someHits(3);
      const clock = wrongClock(years);
      let queue = await open(short);
      try {
        await publishAll(queue, hits);
        for (const { id } of await leaseAll(queue, 3)) queue.nack(id);
        // In the file before the clock is right.
        await queue.close();
        queue = await open({ pauseMsMin: 1e6, pauseMsMax: 1e6 });
      } finally {
        clock.right();
      }
      const running = await leaseAll(queue, 3);
      expect(idsOf(running.map(({ hit }) => hit))).toEqual(idsOf(hits));
      const again = wrongClock(years);
      try {
        for (const { id } of running) queue.nack(id);
        await queue.close();
      } finally {
        again.right();
      }
      queue = await open(short);
      expect(idsOf((await leaseAll(queue, 3)).map(({ hit }) => hit))).toEqual(idsOf(hits));
    },
  );

  promise(
    `a clock that jumps by ${years} years holds up no hit that waits for its pause`,
    async (_, open) => {
      const queue = await open({ pauseMsMin: 20, pauseMsMax: 50 });
      let wakes = 0;
      queue.onWork(() => wakes++);
      await publishAll(queue, someHits(1));
      queue.nack((await leaseAll(queue, 1))[0]!.id);
      const clock = wrongClock(years);
      try {
        const before = wakes;
        await until("the queue tells of work", () => wakes > before);
        expect((await leaseAll(queue, 1))[0]!.attempt).toBe(2);
      } finally {
        clock.right();
      }
    },
  );
}

for (const [what, place, offset, expected] of [
  ["the body", () => "the body of it", 3, (hit: Hit) => ({ ...hit, body: Buffer.from("the!body of it") })],
  ["an attribute", () => "text/plain", 0, (hit: Hit) => ({ ...hit, content_type: "uext/plain" })],
  [
    "the attributes' form",
    ({ hit_id }: Hit) => `"hit_id":"${hit_id}`,
    8,
    (hit: Hit) => ({
      stream_id: hit.stream_id,
      received_at: hit.received_at,
      body: hit.body,
    }),
  ],
] as const)
  promise(
    `a byte that changed in ${what} on the disk is told before delivery, and its neighbours come as they are`,
    async (directory, open) => {
      const first = await open();
      const hit = makeHit({ body: Buffer.from("the body of it"), content_type: "text/plain" });
      const neighbour = makeHit({ body: Buffer.from("another") });
      await publishAll(first, [hit, neighbour]);
      await first.close();
      await flipIn(join(directory, queueFileName), place(hit), offset);
      const logged: string[] = [];
      const queue = await open({ log: (severity, text) => void logged.push(`${severity} ${text}`) });
      const leases = await leaseAll(queue, 2);
      const [altered] = leases.filter((lease) => lease.hit.altered === true);
      const [whole] = leases.filter((lease) => lease.hit.altered !== true);
      expect({ ...altered!.hit, body: Buffer.from(altered!.hit.body) }).toMatchObject({
        ...expected(hit),
        altered: true,
      });
      expect(whole!.hit.hit_id).toBe(neighbour.hit_id);
      expect(logged).toEqual([
        "ERROR A message's bytes are not those that were stored; it becomes a dead letter.",
      ]);
      // The same again: a repeat has the same name.
      await queue.close();
      const again = await leaseAll(await open(), 2);
      expect(again.find((lease) => lease.hit.altered === true)!.hit.hit_id).toBe(altered!.hit.hit_id);
    },
  );

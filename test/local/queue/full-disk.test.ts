import { expect, test } from "@jest/globals";
import type { Hit } from "../../../functions/hit.ts";
import { type LocalQueue, openQueue } from "../../../infra/local/queue/queue.ts";
import { makeHit } from "../../support/hits.ts";
import { needing } from "../../support/needs.ts";
import { type SmallDisk, noSmallDisk, onSmallDisk } from "../../support/machine/small-disk.ts";
import { until } from "../../support/until.ts";
import { all, deadlineMs, idsOf, leaseAll, promise, publishAll, quiet, someHits } from "./setup.ts";

const mebibyte = 1024 * 1024;

promise(
  "a full file refuses hits as queue_down, takes acks, and goes on once there is room",
  async (_, open) => {
    const queue = await open({ fileBytesMax: 512 * 1024 });
    const stored: Hit[] = [];
    const large = { body: Buffer.alloc(50_000) };
    let refusal: unknown;
    while (refusal === undefined) {
      const hit = makeHit(large);
      await queue.publish(hit, { deadlineMs }).then(
        () => stored.push(hit),
        (error: unknown) => (refusal = error),
      );
    }
    expect(refusal).toMatchObject({ code: "queue_down", status: 503 });
    expect(stored.length).toBeGreaterThan(3);
    const leases = await leaseAll(queue, stored.length);
    expect(idsOf(leases.map(({ hit }) => hit))).toEqual(idsOf(stored));
    for (const { id } of leases) queue.ack(id);
    await until("the acks are in", async () => (await queue.depth()).waiting === 0);
    await queue.publish(makeHit(large), { deadlineMs });
    await queue.check();
  },
);

promise("a neighbour in the group that does not fit is refused alone by the next one", async (_, open) => {
  const queue = await open({ fileBytesMax: 512 * 1024 });
  await expect(queue.publish(makeHit({ body: Buffer.alloc(600_000) }), { deadlineMs })).rejects.toMatchObject(
    { code: "queue_down" },
  );
  await queue.publish(makeHit(), { deadlineMs });
  expect(await queue.depth()).toMatchObject({ waiting: 1 });
});

promise(
  "too many bytes waiting for the disk are refused at once; at the limit they are taken",
  async (_, open) => {
    const body = Buffer.alloc(1000 - 512); // each counts 512 bytes beside its body
    const queue = await open({ bytesWaitingMax: 3000 });
    const outcomes = await Promise.allSettled(
      someHits(5, { body }).map((hit) => queue.publish(hit, { deadlineMs })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
  },
);

needing(noSmallDisk(), () => {
  test("SQLite: a disk that somebody fills refuses hits as queue_down, and the same queue goes on once there is room", () =>
    onSmallDisk(4, async (disk) => {
      const queue = await openOn(disk, 0);
      try {
        const stored = someHits(5);
        await publishAll(queue, stored);
        const leases = await leaseAll(queue, 5);
        queue.ack(leases[0]!.id);
        queue.nack(leases[1]!.id);
        await disk.fill();
        const large = makeHit({ body: Buffer.alloc(1024 * 1024) });
        await expect(queue.publish(large, { deadlineMs })).rejects.toMatchObject({ code: "queue_down" });
        await disk.free();
        await queue.publish(large, { deadlineMs });
        stored.push(large);
        await queue.check();
        await until("the ack is in", async () => (await queue.depth()).waiting === 5);
        const back = await leaseAll(queue, 2);
        expect(idsOf(back.map(({ hit }) => hit))).toEqual([large.hit_id, leases[1]!.hit.hit_id].sort());
      } finally {
        await queue.close();
      }
    }));

  test("SQLite: a queue that fills its own disk is emptied by its acks alone, and takes hits again", () =>
    onSmallDisk(96, async (disk) => {
      const queue = await openOn(disk, 64 * mebibyte);
      try {
        const stored: Hit[] = [];
        const refusals: unknown[] = [];
        // Large ones, and then whatever still fits beside them.
        for (const bytes of [mebibyte, 64 * 1024, 4_000])
          for (let refused = false; !refused;) {
            const hit = makeHit({ body: Buffer.alloc(bytes) });
            refused = await queue.publish(hit, { deadlineMs }).then(
              () => stored.push(hit) === 0,
              (error: unknown) => refusals.push(error) > 0,
            );
          }
        for (const refusal of refusals)
          expect(refusal).toMatchObject({
            code: "queue_down",
            facts: {
              why: expect.stringMatching(/^the disk has \d+ MB left; make it more than 67 MB$/),
            },
          });
        await expect(queue.check()).rejects.toMatchObject({
          code: "queue_down",
        });
        const leases = await leaseAll(queue, stored.length);
        expect(idsOf(leases.map(({ hit }) => hit))).toEqual(idsOf(stored));
        for (const { id } of leases) queue.ack(id);
        await until("the acks are in", async () => (await queue.depth()).waiting === 0);
        await until("hits are taken again", () =>
          queue.publish(makeHit(), { deadlineMs }).then(
            () => true,
            () => false,
          ),
        );
      } finally {
        await queue.close();
      }
    }));
});

needing(noSmallDisk(), () => {
  test("SQLite: a full disk is said once, also while hits leave the queue, and so is the room that comes back", () =>
    onSmallDisk(96, async (disk) => {
      const said: string[] = [];
      const queue = await openQueue({
        directory: disk.directory,
        log: (severity) => void said.push(severity),
        roomBytesMin: 64 * mebibyte,
      });
      try {
        for (let count = 0; count < 20; count++) await queue.publish(makeHit({}), { deadlineMs });
        await disk.fill(40 * mebibyte);
        await until("it is seen that the disk is full", () =>
          queue.publish(makeHit(), { deadlineMs }).then(
            () => false,
            () => true,
          ),
        );
        for (const { id } of await queue.lease(...all)) {
          await expect(queue.publish(makeHit({}), { deadlineMs })).rejects.toMatchObject({
            code: "queue_down",
          });
          queue.ack(id);
        }
        await expect(queue.check()).rejects.toMatchObject({ code: "queue_down" });
        expect(said).toEqual(["ERROR"]);
        await disk.free();
        await queue.publish(makeHit({}), { deadlineMs });
        expect(said).toEqual(["ERROR", "INFO"]);
      } finally {
        await queue.close();
      }
    }));
});

function openOn(disk: SmallDisk, roomBytesMin: number): Promise<LocalQueue> {
  return openQueue({ directory: disk.directory, log: quiet, roomBytesMin });
}

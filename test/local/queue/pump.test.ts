import { expect, test } from "@jest/globals";
import type { Hit } from "../../../functions/hit.ts";
import type { Deliver, Verdict } from "../../../functions/queue.ts";
import { startPump, type PumpOptions } from "../../../infra/local/queue/pump.ts";
import { openQueue, type LocalQueue, type QueueConfig } from "../../../infra/local/queue/queue.ts";
import { everyTime } from "../../promises/queue.ts";
import { inFolder } from "../../support/folder.ts";
import { makeHit } from "../../support/hits.ts";
import { until } from "../../support/until.ts";

const log = () => undefined;
const deadlineMs = 20_000;
const sick = "00000000-0000-4000-8000-000000000bad";

function promise(
  name: string,
  keep: (
    queue: LocalQueue,
    start: (deliver: Deliver, options?: Partial<PumpOptions>) => { stop(): Promise<void> },
    directory: string,
  ) => Promise<void>,
  config: Partial<QueueConfig> = {},
): void {
  test(name, () =>
    inFolder(async (directory) => {
      const queue = await openQueue({ directory, log, ...config });
      const stops: (() => Promise<void>)[] = [];
      try {
        await keep(
          queue,
          (deliver, options) => {
            const pump = startPump(queue, deliver, {
              log,
              stopMsMax: 50,
              ...options,
            });
            stops.push(pump.stop);
            return pump;
          },
          directory,
        );
      } finally {
        for (const stop of stops) await stop();
        await queue.close();
      }
    }),
  );
}

async function publishAll(queue: LocalQueue, hits: Hit[]): Promise<void> {
  await Promise.all(hits.map((hit) => queue.publish(hit, { deadlineMs })));
}
const someHits = (count: number, given: Partial<Hit> = {}) =>
  Array.from({ length: count }, () => makeHit(given));
const hang = () => new Promise<Verdict>(() => undefined);

promise("no more hits are in flight than allowed, and all of them get through", async (queue, start) => {
  let inFlight = 0;
  let most = 0;
  const done = new Set<string>();
  await publishAll(queue, someHits(200));
  start(
    everyTime(async (hit) => {
      most = Math.max(most, ++inFlight);
      await new Promise(setImmediate);
      inFlight--;
      done.add(hit.hit_id);
      return "ack";
    }),
    { hitsInFlightMax: 12 },
  );
  await until("all are through", () => done.size === 200);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(12);
});

promise("no more bytes are in flight than allowed and one hit more", async (queue, start) => {
  let bytes = 0;
  let most = 0;
  let done = 0;
  const streams = ["a", "b", "c", "d", "e", "f"].map(
    (letter) => `${letter}0000000-0000-4000-8000-000000000000`,
  );
  for (const stream_id of streams)
    await publishAll(queue, someHits(10, { stream_id, body: Buffer.alloc(100_000) }));
  start(
    everyTime(async (hit) => {
      most = Math.max(most, (bytes += hit.body.byteLength));
      await new Promise(setImmediate);
      bytes -= hit.body.byteLength;
      done++;
      return "ack";
    }),
    { bytesInFlightMax: 500_000 },
  );
  await until("all are through", () => done === 60);
  expect(most).toBeGreaterThan(100_000);
  expect(most).toBeLessThanOrEqual(600_000);
});

promise(
  "a stream whose hits hang does not keep the others waiting, and none of its hits is lost",
  async (queue, start) => {
    let release: (verdict: Verdict) => void = () => undefined;
    const fixed = new Promise<Verdict>((resolve) => (release = resolve));
    const well = new Set<string>();
    const sickDone = new Set<string>();
    let hanging = 0;
    const ill = someHits(500, { stream_id: sick });
    await publishAll(queue, ill);
    const hits = someHits(300);
    await publishAll(queue, hits);
    start(
      everyTime(async (hit) => {
        if (hit.stream_id !== sick) {
          well.add(hit.hit_id);
          return "ack";
        }
        hanging++;
        const verdict = await fixed;
        sickDone.add(hit.hit_id);
        return verdict;
      }),
      { hitsInFlightMax: 40, slowMs: 50 },
    );
    await until("the others are through", () => well.size === 300);
    expect(hanging).toBeLessThanOrEqual(40 / 4 + 1);
    release("ack");
    await until("the sick ones too", () => sickDone.size === 500);
    await until("all are acked", async () => (await queue.depth()).waiting === 0);
  },
);

promise(
  "hits that were put aside for a slow stream come again after a restart",
  async (queue, start, directory) => {
    const ill = someHits(100, { stream_id: sick });
    await publishAll(queue, ill);
    const well = new Set<string>();
    await publishAll(queue, someHits(20));
    const first = start(
      everyTime(async (hit) => {
        if (hit.stream_id === sick) return hang();
        well.add(hit.hit_id);
        return "ack";
      }),
      { hitsInFlightMax: 8, slowMs: 20 },
    );
    await until("the others are through", () => well.size === 20);
    await first.stop();
    await queue.close();

    const again = await openQueue({ directory, log });
    const seen: string[] = [];
    const second = startPump(
      again,
      everyTime(async (hit) => {
        seen.push(hit.hit_id);
        return "ack";
      }),
      { log },
    );
    try {
      await until("nothing waits", async () => (await again.depth()).waiting === 0);
    } finally {
      await second.stop();
      await again.close();
    }
    expect(seen.sort()).toEqual(ill.map(({ hit_id }) => hit_id).sort());
  },
);

promise(
  "hits that fail again and again all come through in the end",
  async (queue, start) => {
    const attempts = new Map<string, number>();
    await publishAll(queue, someHits(300));
    start(
      everyTime(async ({ hit_id }) => {
        const attempt = (attempts.get(hit_id) ?? 0) + 1;
        attempts.set(hit_id, attempt);
        return attempt < 6 ? "nack" : "ack";
      }),
    );
    await until("nothing waits", async () => (await queue.depth()).waiting === 0);
    expect([...attempts.values()]).toEqual(Array(300).fill(6));
  },
  { pauseMsMin: 1, pauseMsMax: 30 },
);

promise(
  "a lone hit that fails comes again each time, though nothing else wakes the pump",
  async (queue, start) => {
    let attempts = 0;
    await publishAll(queue, someHits(1));
    start(everyTime(async () => (++attempts < 60 ? "nack" : "ack")));
    await until("60 attempts", () => attempts === 60);
  },
  { pauseMsMin: 40, pauseMsMax: 50 },
);

promise(
  "a hit whose attempts are used up is parked, and comes again while parking fails",
  async (queue, start) => {
    const calls: string[] = [];
    await publishAll(queue, someHits(1));
    start({
      deliver: async () => (calls.push("deliver"), "nack"),
      park: async () => (calls.push("park"), calls.length < 5 ? "nack" : "ack"),
    });
    await until("it is parked", () => calls.length === 5);
    expect(calls).toEqual(["deliver", "deliver", "deliver", "park", "park"]);
    await until("it is gone", async () => (await queue.depth()).waiting === 0);
  },
  { attemptsMax: 3, pauseMsMin: 2, pauseMsMax: 10 },
);

promise("stop waits for what is in flight, and takes nothing new", async (queue, start) => {
  let release: (verdict: Verdict) => void = () => undefined;
  let begun = 0;
  const pump = start(
    everyTime(() => {
      begun++;
      return new Promise((resolve) => (release = resolve));
    }),
    { stopMsMax: 20_000 },
  );
  await publishAll(queue, someHits(1));
  await until("it is in flight", () => begun === 1);
  let stopped = false;
  const stopping = pump.stop().then(() => (stopped = true));
  await publishAll(queue, someHits(5));
  expect(stopped).toBe(false);
  release("ack");
  await stopping;
  expect(begun).toBe(1);
  await until("five wait", async () => (await queue.depth()).waiting === 5);
});

promise("stop does not wait for ever for a delivery that hangs", async (queue, start) => {
  let begun = 0;
  const pump = start(
    everyTime(() => (begun++, hang())),
    { stopMsMax: 30 },
  );
  await publishAll(queue, someHits(1));
  await until("it is in flight", () => begun === 1);
  await pump.stop();
  expect(await queue.depth()).toMatchObject({ waiting: 1 });
});

promise("an idle pump costs no processor time", async (queue, start) => {
  let done = 0;
  start(everyTime(async () => (done++, "ack")));
  await publishAll(queue, someHits(10));
  await until("all are through", () => done === 10);
  let leases = 0;
  const { lease } = queue;
  queue.lease = (...args) => (leases++, lease(...args));
  await until("the acks are in", async () => (await queue.depth()).waiting === 0);
  const before = leases;
  for (let i = 0; i < 50; i++) await queue.depth();
  expect(leases - before).toBeLessThanOrEqual(1);
});

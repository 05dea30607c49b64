import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { createDeliver } from "../../../functions/deliver/deliver.ts";
import { toAttributes } from "../../../functions/hit.ts";
import { queueDown, tableForbidden, warehouseDown } from "../../../functions/problems.ts";
import { letterStore } from "../../../functions/letters/store.ts";
import { createStreamCache } from "../../../functions/streams/cache.ts";
import type { Warehouse } from "../../../functions/warehouse.ts";
import { pushHandler } from "../../../infra/google/queue/push.ts";
import { makeHit } from "../../support/hits.ts";
import { memoryRegistry } from "../../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../../support/doubles/memory-warehouse.ts";
import {
  backoffOf,
  openInstances,
  openSubscription,
  type Endpoint,
  type Message,
  type Subscription,
} from "../../support/doubles/fake-push.ts";
import { request } from "../../support/request.ts";

/** One sick table does not slow the others, on Pub/Sub as it behaves: promise 7. All of it in
 *  the double's own clock. */

const healthyStreams = 20;
const seconds = 180;
/** As Terraform sets them. */
const instances = 6;
const places = 40;
const appendMs = 100;
/** Of each of the two sick tables. */
const sickHitsPerSecond = 10;
const appendDeadlineMs = 30_000;
const retryMs = { min: 10_000, max: 600_000 };

const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
/** Streams 0 and 1 are the sick ones. */
const tables = ["hung", "forbidden", ...Array.from({ length: healthyStreams }, (_, n) => `t${n}`)];
const isHealthy = (table: string): boolean => table.startsWith("t");
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Outcome {
  readonly healthyHits: number;
  readonly rows: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  readonly nacksOfHits: number;
  readonly longestBackoffMs: number;
  readonly deadLetters: number;
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** @param sick whether one table hangs and one is forbidden; they are sent the same hits where not
 *  @param retries whether the retry topic takes what comes later; where not, it is a
 *  nack, as it was without one */
async function run({ sick, retries }: { sick: boolean; retries: boolean }): Promise<Outcome> {
  const memory = memoryWarehouse();
  for (const dataset of ["shop", "afterclick"]) await memory.createDataset({ dataset, table: "" });
  const delays: number[] = [];
  const sentAt = new Map<string, number>();
  const warehouse: Warehouse = {
    ...memory,
    async append(table, columns, rows, options) {
      if (sick && table.table === "hung") {
        await pause(appendDeadlineMs);
        throw warehouseDown({ why: "no answer" });
      }
      if (sick && table.table === "forbidden")
        throw tableForbidden({ table: "shop.forbidden", why: "made by the test" });
      await pause(appendMs);
      await memory.append(table, columns, rows, options);
      if (table.dataset !== "shop") return;
      if (isHealthy(table.table))
        for (const [hitId] of rows) delays.push(Date.now() - sentAt.get(String(hitId))!);
    },
  };
  const registry = memoryRegistry();
  for (const [index, table] of tables.entries())
    registry.put(idOf(index), { table: `shop.${table}`, offset: "UTC" });
  const log = () => undefined;
  const retryTopic = {
    publish: async (attributes: Message["attributes"], data: Uint8Array) => {
      if (!retries) throw queueDown({ why: "made by the test" });
      await pause(10);
      retried.publish({ attributes, data });
    },
  };
  const handlers = Array.from({ length: instances }, () =>
    pushHandler({
      deliver: createDeliver({
        streams: createStreamCache(registry, { defaultDataset: "shop", log }),
        warehouse,
        letters: letterStore({ warehouse: warehouse, productDataset: "afterclick", log }),
        now: Date.now,
        log,
      }),
      retries: retryTopic,
      log,
    }),
  );
  // The doors share the places of an instance.
  const placed = openInstances(
    handlers.map((handler): Endpoint => async ({ message }) => {
      const { path, data, attributes } = message as Message & { path: string };
      const body = JSON.stringify({
        message: { data: Buffer.from(data).toString("base64"), attributes, messageId: "1" },
        subscription: "projects/p/subscriptions/s",
      });
      return (await handler(request({ method: "POST", path, body }))).status;
    }),
    places,
  );
  const at =
    (path: string): Endpoint =>
    ({ message, attempt }) =>
      placed({ message: Object.assign({ path }, message), attempt });
  const common = { ackDeadlineMs: 180_000, retryMs };
  const parked: Subscription = openSubscription({ ...common, endpoint: at("/parked") });
  const deadLetter = { attemptsMax: 100, publish: (message: Message) => parked.publish(message) };
  const retried: Subscription = openSubscription({ ...common, endpoint: at("/retried"), deadLetter });
  const hits = openSubscription({ ...common, endpoint: at("/") });

  let healthyHits = 0;
  const send = (index: number): void => {
    const hit = makeHit({ stream_id: idOf(index) });
    sentAt.set(hit.hit_id, Date.now());
    hits.publish({ data: hit.body, attributes: toAttributes(hit) });
  };
  for (let second = 0; second < seconds; second++) {
    for (let step = 0; step < 10; step++) {
      for (let n = 0; n < sickHitsPerSecond / 10; n++) for (const index of [0, 1]) send(index);
      for (let n = step; n < healthyStreams; n += 10) {
        send(2 + n);
        healthyHits++;
      }
      await jest.advanceTimersByTimeAsync(100);
    }
  }
  // What is late is waited for, for an hour: so long the hits of the hung table come again as well.
  for (let minute = 0; minute < 60 && delays.length < healthyHits; minute++)
    await jest.advanceTimersByTimeAsync(60_000);

  await jest.advanceTimersByTimeAsync(1_000);

  const sorted = delays.toSorted((a, b) => a - b);
  const letters = await memory
    .select({ from: { dataset: "afterclick", table: "dead_letters" }, columns: ["hit_id"], limit: 100_000 })
    .catch(() => []);
  return {
    healthyHits,
    rows: delays.length,
    p50Ms: sorted[Math.floor(sorted.length / 2)]!,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)]!,
    mostMs: sorted.at(-1)!,
    nacksOfHits: hits.counts.nacks,
    longestBackoffMs: Math.round(hits.longestBackoffMs()),
    deadLetters: letters.length,
  };
}

test("the double's backoff goes through the figures that Google names", () => {
  expect(backoffOf(0)).toBe(0);
  expect(backoffOf(1)).toBeCloseTo(500);
  expect(backoffOf(5)).toBeGreaterThanOrEqual(30_000);
  expect(backoffOf(80)).toBe(60_000);
});

test("with one table hung and one forbidden, healthy streams' hits are delayed at most twice as long as undisturbed", async () => {
  const undisturbed = await run({ sick: false, retries: true });
  const disturbed = await run({ sick: true, retries: true });
  console.log(JSON.stringify({ undisturbed, disturbed }));
  expect(undisturbed).toMatchObject({ rows: undisturbed.healthyHits, nacksOfHits: 0 });
  expect(disturbed).toMatchObject({ rows: disturbed.healthyHits, nacksOfHits: 0, longestBackoffMs: 0 });
  expect(disturbed.deadLetters).toBe(seconds * sickHitsPerSecond);
  for (const measure of ["p50Ms", "p99Ms", "mostMs"] as const)
    expect(disturbed[measure]).toBeLessThanOrEqual(2 * undisturbed[measure]);
}, 600_000);

test("without the retry topic the same sick table holds all of them up", async () => {
  const undisturbed = await run({ sick: false, retries: true });
  const before = await run({ sick: true, retries: false });
  console.log(JSON.stringify({ undisturbed, before }));
  expect(before.p99Ms).toBeGreaterThan(20 * undisturbed.p99Ms);
  expect(before.longestBackoffMs).toBeGreaterThan(undisturbed.p99Ms);
}, 600_000);

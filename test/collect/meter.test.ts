import { Worker } from "node:worker_threads";
import { promisify } from "node:util";
import { gunzip, gunzipSync, gzipSync } from "node:zlib";
import { afterEach, expect, test } from "@jest/globals";
import { createInflating } from "../../functions/collect/inflating.ts";
import { workMsMax } from "../../functions/collect/inflate.ts";
import { createMeter } from "../../functions/collect/meter.ts";
import { poolCpuMs } from "../../infra/pool-cpu.ts";
import { needing } from "../support/needs.ts";
import { request } from "../support/request.ts";
import { until } from "../support/until.ts";

const threads: Worker[] = [];
let isBusyHere = false;

/** Threads that work for others all the while, as the queue's does where hits arrive. */
function busy(count: number): void {
  for (let n = 0; n < count; n++) threads.push(new Worker("for (;;);", { eval: true }));
}

/** The same of the main thread: each slice of a body then waits for its turn. */
function busyHere(): void {
  isBusyHere = true;
  const turn = () => {
    const until = performance.now() + 3;
    while (performance.now() < until);
    if (isBusyHere) setImmediate(turn);
  };
  turn();
}

afterEach(async () => {
  isBusyHere = false;
  await Promise.all(threads.splice(0).map((thread) => thread.terminate()));
});

const bytesMax = 8 * 1024 * 1024;
const line = '{"id":"N1","status":"delivered","total":120.13,"city":"Kyiv"}\n';
const text = Buffer.alloc(bytesMax, line);
const body = gzipSync(text);

const noClock = "threads have no clock of their own on this system; run these tests on Linux";

needing(poolCpuMs() === undefined ? noClock : undefined, () => {
  test("the pool's clock counts what zlib does in its threads, and neither the main thread's work nor others'", async () => {
    const inPool = promisify(gunzip);
    const spent = async (work: () => unknown) => {
      const before = poolCpuMs()!;
      await work();
      return poolCpuMs()! - before;
    };
    await inPool(body);
    const yardstick = await spent(async () => {
      for (let n = 0; n < 5; n++) await inPool(body);
    });
    const main = await spent(() => {
      for (let n = 0; n < 5; n++) gunzipSync(body);
    });
    expect(yardstick).toBeGreaterThan(10 * Math.max(1, main));
    busy(1);
    const cpu = process.cpuUsage();
    const others = await spent(() => until(() => process.cpuUsage(cpu).user / 1000 > 3 * yardstick));
    expect(yardstick).toBeGreaterThan(10 * Math.max(1, others));
  });

  test("a body is not charged with the work of threads that serve others", async () => {
    busy(1);
    const fair = createMeter(poolCpuMs);
    const coarse = createMeter();
    try {
      await until(() => coarse.spentMs() > 2 * workMsMax);
      expect(fair.spentMs()).toBeLessThan(workMsMax / 2);
    } finally {
      fair.end();
      coarse.end();
    }
  });

  test("an honest body of 8 MiB is undone however busy the main thread and others are", async () => {
    busy(3);
    busyHere();
    const inflating = createInflating(bytesMax, { meter: () => createMeter(poolCpuMs), waitMsMax: 600_000 });
    for (let n = 0; n < 2; n++) {
      const undone = await inflating.undo(request({}), `s${n}`, body, ["gzip"]);
      expect(text.equals(undone.body!)).toBe(true);
      undone.release();
    }
  });
});

test("without that clock, what all threads but the main one have used is charged", async () => {
  const meter = createMeter(() => undefined);
  try {
    busy(1);
    await until(() => meter.spentMs() > 2 * workMsMax);
  } finally {
    meter.end();
  }
});

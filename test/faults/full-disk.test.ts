import { afterEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { copyFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { inFolder } from "../support/folder.ts";
import { needing } from "../support/needs.ts";
import { endAll, exampleStream, launchProduct, startProduct, type Product } from "../support/product.ts";
import { noSmallDisk, onSmallDisk } from "../support/machine/small-disk.ts";
import { until } from "../support/until.ts";
import { makeSending, sha256 } from "./campaign/bodies.ts";
import { untilDelivered } from "./campaign/evidence/delivered.ts";
import { readEvidence } from "./campaign/evidence/evidence.ts";
import { judge } from "./campaign/evidence/judge.ts";
import { createLoad, type Load } from "./campaign/load.ts";
import { openWire } from "./campaign/wire.ts";

afterEach(endAll);

const mebibyte = 1024 * 1024;
const small = (): Buffer => Buffer.from(`a=${randomUUID()}`);
/** A large hit takes three times its size in the warehouse: what is acknowledged must fit
 *  on the disk in the end. */
const heavy = { connections: 16, largeShare: 0.2 };
const light = { connections: 16, largeShare: 0.01 };

async function answerTo(
  product: Product,
  load: Load,
  body: Buffer,
): Promise<{ status: number; type: string | null; code: unknown }> {
  load.sent.add(sha256(body));
  const reply = await fetch(`${product.collectUrl}/ds/${exampleStream}`, {
    method: "POST",
    body,
  });
  const { code } = (await reply.json()) as { code?: unknown };
  return {
    status: reply.status,
    type: reply.headers.get("content-type"),
    code,
  };
}
const health = async (product: Product): Promise<number> =>
  (await fetch(`${product.collectUrl}/health`)).status;
const aim = (load: Load, product: Product, weight = light) =>
  load.aim(Number(new URL(product.collectUrl).port), weight);
const refused = (load: Load): number => load.answers.get("503 queue_down") ?? 0;

/** As a person moves a file of the product to another disk: it is there first, a link to nothing
 *  is a file that is lost. */
async function putElsewhere(name: string, directory: string, elsewhere: string): Promise<void> {
  expect(await (await startProduct(directory)).end("SIGTERM")).toBe(0);
  await copyFile(join(directory, name), join(elsewhere, name));
  await rm(join(directory, name));
  await symlink(join(elsewhere, name), join(directory, name));
}

/** The same process, with nothing fixed but the disk, has everything that it acknowledged. */
async function expectAllThere(product: Product, load: Load, directory: string): Promise<void> {
  const before = load.acknowledged.size;
  const stop = aim(load, product);
  await until("hits are taken again", () => load.acknowledged.size > before + 100);
  await stop();
  // The evidence is read through a view; one that the full disk refused is made with a later hit.
  await until("its view is there", async () => {
    await answerTo(product, load, small());
    return product
      .admin("POST", "/v1/query", {
        sql: "select 1 from example.orders_unique limit 1",
      })
      .then(
        () => true,
        () => false,
      );
  });
  await untilDelivered(product);
  expect(await health(product)).toBe(200);
  expect(await product.end("SIGTERM")).toBe(0);
  expect(judge(load, await readEvidence(directory)).wrongs).toEqual([]);
}

needing(noSmallDisk(), () => {
  test(
    "a full disk: senders are told to retry, nothing acknowledged is lost, and it goes on once there is room",
    () =>
      onSmallDisk(768, async (disk) => {
        const product = await startProduct(disk.directory);
        const load = createLoad([exampleStream]);
        await disk.fill(620 * mebibyte);
        let stop = aim(load, product, heavy);
        await until(
          "the product has filled what there is for it",
          async () => refused(load) > 50 && (await health(product)) === 503,
        );
        await stop();
        await disk.fill();
        const before = refused(load);
        stop = aim(load, product);
        await until("somebody else has filled the rest", () => refused(load) > before + 50);
        await stop();
        expect(load.acknowledged.size).toBeGreaterThan(0);
        const { body } = makeSending("large");
        expect(await answerTo(product, load, body)).toEqual({
          status: 503,
          type: "application/problem+json",
          code: "queue_down",
        });

        await disk.free();
        await until("it is healthy again", async () => (await health(product)) === 200);
        expect((await answerTo(product, load, small())).status).toBe(200);
        await expectAllThere(product, load, disk.directory);
      }),
    600_000,
  );

  test(
    "a start on a completely full disk uses the room that was kept for it, answers 503, and goes on once there is room",
    () =>
      onSmallDisk(256, async (disk) => {
        const first = await startProduct(disk.directory);
        const load = createLoad([exampleStream]);
        expect((await answerTo(first, load, small())).status).toBe(200);
        await untilDelivered(first);
        await first.end("SIGKILL");
        await disk.fill();

        const product = await startProduct(disk.directory);
        expect(product.output()).toMatch(/the start uses the room that was kept for it/);
        expect((await answerTo(product, load, small())).status).toBe(503);
        expect(await health(product)).toBe(503);
        const { rows } = await product.admin<{ rows: unknown[][] }>("POST", "/v1/query", {
          sql: "select count(*) from example.orders",
        });
        expect(rows).toEqual([[1]]);
        await disk.free();
        await until("it is healthy again", async () => (await health(product)) === 200);
        expect((await answerTo(product, load, small())).status).toBe(200);
        expect(await product.end("SIGTERM")).toBe(0);
      }),
    600_000,
  );

  test(
    "a start on a full disk without any reserve answers 503 until there is room, says so once, and then goes on by itself",
    () =>
      onSmallDisk(256, async (disk) => {
        const first = await startProduct(disk.directory);
        const load = createLoad([exampleStream]);
        expect((await answerTo(first, load, small())).status).toBe(200);
        await untilDelivered(first);
        await first.end("SIGKILL");
        await rm(join(disk.directory, "reserve"));
        await disk.fill();

        const launch = launchProduct(disk.directory);
        const url = await launch.said(/hits="(http[^"]+)"/).then((found) => found[1]!);
        const reply = await fetch(`${url}/ds/${exampleStream}`, { method: "POST", body: "a=1" });
        expect(reply.status).toBe(503);
        expect(reply.headers.get("retry-after")).toBe("5");
        expect((await fetch(`${url}/health`)).status).toBe(503);
        // One connection after the other: the door stays open while the start goes on behind it.
        let isReady = false;
        const knocking = (async () => {
          while (!isReady) (await openWire(Number(new URL(url).port))).hangUp();
        })();
        knocking.catch(() => undefined); // judged below
        await disk.free();
        const product = await launch.ready;
        isReady = true;
        await knocking;
        expect(product.collectUrl).toBe(url);
        const output = product.output();
        expect(output.match(/The disk is full/g)).toHaveLength(1);
        expect(output).toMatch(/the start goes on\./);
        await until("it is healthy", async () => (await health(product)) === 200);
        expect((await answerTo(product, load, small())).status).toBe(200);
        expect(await product.end("SIGTERM")).toBe(0);
      }),
    600_000,
  );

  test.each(["SIGTERM", "SIGINT"] as const)(
    "a start that waits for room hears %s, and ends with 0",
    (signal) =>
      onSmallDisk(8, async (disk) => {
        await disk.fill();
        const launch = launchProduct(join(disk.directory, "data"));
        const url = await launch.said(/hits="(http[^"]+)"/).then((found) => found[1]!);
        launch.ready.catch(() => undefined); // it never is
        expect(await launch.end(signal)).toBe(0);
        expect(launch.output()).toMatch(/Stopping.*\nStopped\.\n$/);
        await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
      }),
    600_000,
  );

  test(
    "the queue's disk is full, the warehouse's is not: refused hits are told to retry, the others become rows",
    () =>
      inFolder((directory) =>
        onSmallDisk(192, async (disk) => {
          await putElsewhere("queue.sqlite", directory, disk.directory);
          const product = await startProduct(directory);
          const load = createLoad([exampleStream]);
          // Small ones first: the room of large ones that were delivered would take
          // others while the disk is full.
          let stop = aim(load, product, { ...light, largeShare: 0 });
          await until("hits are taken", () => load.acknowledged.size > 100);
          await stop();
          expect(refused(load)).toBe(0);
          await disk.fill();
          stop = aim(load, product, heavy);
          await until("hits are refused", () => refused(load) > 50);
          await stop();
          await disk.free();
          await until("it is healthy again", async () => (await health(product)) === 200);
          await expectAllThere(product, load, directory);
        }),
      ),
    600_000,
  );

  test(
    "the warehouse's disk is full, the queue's is not: hits are taken and wait, and become rows once there is room",
    () =>
      inFolder((directory) =>
        onSmallDisk(768, async (disk) => {
          await putElsewhere("queue.sqlite", disk.directory, directory);
          const product = await startProduct(disk.directory);
          const load = createLoad([exampleStream]);
          await disk.fill();
          const stop = aim(load, product);
          await until("the warehouse is full", () => /could not be delivered/.test(product.output()));
          await stop();
          expect(refused(load)).toBe(0);
          expect(await health(product)).toBe(200);
          expect((await answerTo(product, load, small())).status).toBe(200);

          await disk.free();
          await expectAllThere(product, load, disk.directory);
        }),
      ),
    600_000,
  );
});

import { expect, test } from "@jest/globals";
import { createDeliver } from "../../functions/deliver/deliver.ts";
import type { Hit } from "../../functions/hit.ts";
import { warehouseDown } from "../../functions/problems.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { startPump } from "../../infra/local/queue/pump.ts";
import { openQueue } from "../../infra/local/queue/queue.ts";
import { openWarehouse } from "../../infra/local/warehouse/warehouse.ts";
import { inFolder } from "../support/folder.ts";
import { makeHit } from "../support/hits.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { until } from "../support/until.ts";

const log = () => undefined;
const healthyStreams = 50;
const hitsEach = 40;
const hitsInFlightMax = 1_000;
/** They fill every place that they are given. */
const sickHits = 6_000;

const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const sick = idOf(0);

type Append = Warehouse["append"];

/** @param fault what becomes of an append to the sick table
 *  @param release ends the sickness */
function promise(
  name: string,
  sickness: () => { fault: (append: Append) => Append; release: () => void },
): void {
  test(
    name,
    () =>
      inFolder(async (directory) => {
        const warehouse = await openWarehouse({ directory, log });
        const queue = await openQueue({
          directory,
          log,
          // No hit may use up its attempts while a busy machine gets the others there.
          pauseMsMin: 200,
          pauseMsMax: 5_000,
        });
        const { fault, release } = sickness();
        let pump: { stop(): Promise<void> } | undefined;
        try {
          const registry = memoryRegistry();
          await warehouse.createDataset({ dataset: "shop", table: "" });
          await warehouse.createDataset({ dataset: "afterclick", table: "" });
          for (let index = 0; index <= healthyStreams; index++)
            registry.put(idOf(index), {
              table: `shop.t${index}`,
              offset: "UTC",
            });
          const streams = createStreamCache(registry, {
            defaultDataset: "shop",
            log,
          });
          const sickAppend = fault(warehouse.append);
          const faulty: Warehouse = {
            ...warehouse,
            append: (table, ...rest) =>
              (table.table === "t0" ? sickAppend : warehouse.append)(table, ...rest),
          };
          const publish = (stream_id: string, count: number) =>
            Promise.all(
              Array.from({ length: count }, (_, index) => {
                const body = Buffer.from(`n=${index}`);
                const hit: Hit = makeHit({ stream_id, body });
                return queue.publish(hit, { deadlineMs: 20_000 });
              }),
            );
          const arrived = async (): Promise<number[]> => {
            const tables = Array.from({ length: healthyStreams + 1 }, (_, index) => index);
            const counts: number[] = [];
            for (const index of tables) {
              const table = { dataset: "shop", table: `t${index}` };
              const there = await warehouse.describe(table);
              const rows =
                there === undefined
                  ? []
                  : await warehouse.select({
                      from: table,
                      columns: ["hit_id"],
                      limit: 10_000,
                    });
              counts.push(new Set(rows.map(({ hit_id }) => hit_id)).size);
            }
            return counts;
          };
          // The sick one's hits are first in the queue, and more come among the others'.
          await publish(sick, sickHits / 2);
          const deliver = createDeliver({
            streams,
            warehouse: faulty,
            letters: letterStore({ warehouse: faulty, productDataset: "afterclick", log }),
            now: Date.now,
            log,
          });
          pump = startPump(queue, deliver, {
            log,
            hitsInFlightMax,
            stopMsMax: 1_000,
          });
          for (let index = 1; index <= healthyStreams; index++) {
            await publish(sick, sickHits / 2 / healthyStreams);
            await publish(idOf(index), hitsEach);
          }
          const whole = Array.from({ length: healthyStreams }, () => hitsEach);
          await until(
            "the others' rows are all there",
            async () => (await arrived()).slice(1).join() === whole.join(),
          );
          // Not one row of the sick table, and all of the others': the ratio that counts.
          expect((await arrived())[0]).toBe(0);
          release();
          await until("the sick one's rows follow", async () => (await arrived())[0] === sickHits);
        } finally {
          release();
          await pump?.stop();
          await queue.close();
          await warehouse.close();
        }
      }),
    600_000,
  );
}

promise("a table that never answers holds up no other, and gets its rows once it answers", () => {
  let release = (): void => undefined;
  const healthy = new Promise<void>((resolve) => (release = resolve));
  return {
    fault:
      (append) =>
      async (...args) => {
        await healthy;
        return append(...args);
      },
    release: () => release(),
  };
});

promise("a table that refuses all holds up no other, and gets its rows once it takes them", () => {
  let isSick = true;
  return {
    fault:
      (append) =>
      async (...args) => {
        if (isSick) throw warehouseDown({ why: "this table is sick" });
        return append(...args);
      },
    release: () => void (isSick = false),
  };
});

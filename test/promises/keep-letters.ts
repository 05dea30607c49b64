import type { Backlog, Queue } from "../../functions/queue.ts";
import { createDeliver } from "../../functions/deliver/deliver.ts";
import { warehouseDown } from "../../functions/problems.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import { expect } from "@jest/globals";
import { openAdmin } from "../support/admin.ts";
import { someStream } from "../support/hits.ts";

/** deliver and the admin API on a warehouse in memory that takes dead letters alone. */
export async function keepLetters({ queue, backlog = untold }: { queue: Queue; backlog?: Backlog }) {
  const { registry, warehouse, letters, productDataset, defaultDataset, now, log, ask } = await openAdmin({
    queue,
    backlog,
  });
  registry.put(someStream, { table: "shop.orders", offset: "UTC" });
  await warehouse.createDataset({ dataset: "shop", table: "" });
  const deliver = createDeliver({
    streams: createStreamCache(registry, { defaultDataset, log }),
    warehouse: {
      ...warehouse,
      append: (table, ...rest) =>
        table.dataset === productDataset
          ? warehouse.append(table, ...rest)
          : Promise.reject(warehouseDown({ why: "made by the test" })),
    },
    letters,
    now,
    log,
  });
  return {
    deliver,
    async replay(hit_id: string) {
      const answer = await ask("POST", "/v1/dead-letters/replay", { hit_id, let_through: true });
      expect(answer.json).toMatchObject({ replayed: 1 });
    },
  };
}

const untold: Backlog = { find: async () => "unknown", depth: async () => ({}) };

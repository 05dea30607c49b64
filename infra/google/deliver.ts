import { createActivity } from "../../functions/activity/activity.ts";
import { createDeliver } from "../../functions/deliver/deliver.ts";
import { letterStore } from "../../functions/letters/store.ts";
import type { Log } from "../../functions/log.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import { registryOf, retriesOf, warehouseOf, type DeliverConfig } from "./config.ts";
import { createWriters } from "../../functions/streams/writers.ts";
import type { Service } from "./service.ts";
import { pushHandler } from "./queue/push.ts";
import { openTopic } from "./queue/topic.ts";
import { openRegistry } from "./registry/registry.ts";
import { openWarehouse } from "./warehouse/warehouse.ts";

/** Half of what terraform/ gives an instance. A push of the largest hit counts three times its 11 MiB; one
 *  that does not fit is refused and comes again: that is overload, and Pub/Sub slows down. */
const pushesBytesMax = 512 * 1024 * 1024;

/** For what was counted since the last minute: within what is left to an instance that ends (main.ts). */
const lastWriteMs = 800;

/** deliver on Google Cloud: Pub/Sub pushes hits, BigQuery takes rows, and the retry
 *  topic what must come later. */
export function openDeliver(config: DeliverConfig, log: Log): Service {
  const registry = openRegistry(registryOf(config));
  const warehouse = openWarehouse(warehouseOf(config));
  const retries = openTopic(retriesOf(config));
  const now = Date.now;
  const productDataset = config.PRODUCT_DATASET;
  const datasets = { defaultDataset: config.DEFAULT_DATASET, productDataset };
  const streams = createStreamCache(registry, { ...datasets, log });
  const writers = createWriters(registry, datasets);
  const activity = createActivity({ warehouse, productDataset, now, log });
  const letters = letterStore({ warehouse, productDataset, log });
  const deliver = createDeliver({ streams, writers, warehouse, letters, now, activity, log });
  return {
    handler: pushHandler({ deliver, retries, log }),
    door: { bytesInFlightMax: pushesBytesMax },
    close: async () => {
      await activity.write(lastWriteMs);
      await retries.close();
      await warehouse.close();
      await registry.close();
    },
  };
}

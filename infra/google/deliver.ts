import { createActivity } from "../../functions/activity/activity.ts";
import { createDeliver } from "../../functions/deliver/deliver.ts";
import { elapsedMs } from "../../functions/elapsed.ts";
import { toAttributes } from "../../functions/hit.ts";
import { createTakeHit, withImports } from "../../functions/import/hits/take.ts";
import { letterStore } from "../../functions/letters/store.ts";
import type { Log } from "../../functions/log.ts";
import type { Queue } from "../../functions/queue.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import type { DeliverConfig } from "./config.ts";
import { registryOf, retriesOf, warehouseOf } from "./told.ts";
import { createWriters } from "../../functions/streams/writers.ts";
import type { Service } from "./service.ts";
import { pushHandler } from "./queue/push.ts";
import { openTopic } from "./queue/topic.ts";
import { openDocuments } from "./registry/documents.ts";
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
  // By the retry topic: a push of its own, with attempts and an end, that holds up no other hit.
  const imports: Pick<Queue, "publish"> = {
    publish: (hit, options) => retries.publish(toAttributes(hit), hit.body, options),
  };
  const deliver = createDeliver({ streams, writers, warehouse, letters, now, imports, activity, log });
  const documents = openDocuments(registryOf(config));
  // deliver may read documents, and write none.
  const asksForLinks = false;
  const takeHit = createTakeHit({
    streams,
    documents,
    warehouse,
    productDataset,
    asksForLinks,
    now,
    elapsed: elapsedMs,
    log,
  });
  return {
    handler: pushHandler({ deliver: withImports(deliver, takeHit), retries, log }),
    door: { bytesInFlightMax: pushesBytesMax },
    close: async () => {
      await activity.write(lastWriteMs);
      await retries.close();
      await warehouse.close();
      await registry.close();
      await documents.close();
    },
  };
}

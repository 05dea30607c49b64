import { createRefusals } from "../../functions/activity/refusals.ts";
import { createCollect } from "../../functions/collect/collect.ts";
import type { Log } from "../../functions/log.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import type { CollectConfig } from "./config.ts";
import { queueOf, registryOf, secretsOf } from "./told.ts";
import { poolCpuMs } from "../pool-cpu.ts";
import type { Service } from "./service.ts";
import { openQueue } from "./queue/queue.ts";
import { openRegistry } from "./registry/registry.ts";
import { openSecrets } from "./secrets/secrets.ts";

/** For what was refused since the last minute: within what is left to an instance that ends (main.ts). */
const lastWriteMs = 800;

/** collect on Google Cloud: streams from Firestore, hits into Pub/Sub. */
export function openCollect(config: CollectConfig, log: Log): Service {
  const registry = openRegistry(registryOf(config));
  const queue = openQueue(queueOf(config));
  const now = Date.now;
  const streams = createStreamCache(registry, {
    defaultDataset: config.DEFAULT_DATASET,
    log,
  });
  const refusals = createRefusals({ queue, now, log });
  const kept = secretsOf(config);
  const secrets = kept === undefined ? undefined : openSecrets({ ...kept, now });
  return {
    handler: createCollect({ streams, queue, now, refusals, poolMs: poolCpuMs, secrets, log }),
    door: { trustedProxies: config.TRUSTED_PROXIES },
    close: async () => {
      await refusals.write(lastWriteMs);
      await queue.close();
      await registry.close();
    },
  };
}

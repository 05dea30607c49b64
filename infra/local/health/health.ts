import { createHealth, type Health, type HealthPorts } from "../../../functions/health/health.ts";
import type { Log } from "../../../functions/log.ts";
import type { Registry } from "../../../functions/registry.ts";
import { readAll } from "../../../functions/streams/reading.ts";
import type { Datasets } from "../../../functions/streams/stream.ts";
import { startWatch } from "./watch.ts";

/** The health of streams on one machine: checked all the time, and told to whoever looks. */
export function watchHealth(
  ports: Omit<HealthPorts, "documents"> & {
    registry: Pick<Registry, "list"> & Pick<HealthPorts, "documents">;
    log: Log;
  },
  datasets: Datasets,
  keep: (thing: unknown, close: () => Promise<void>) => unknown,
): Health {
  const { registry, log } = ports;
  const health = createHealth({ ...ports, documents: registry.documents });
  const watch = startWatch(async () => health.learn(readAll(await registry.list(), datasets)), { log });
  keep(watch, async () => watch.stop());
  return health;
}

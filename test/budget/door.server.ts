/** The door, collect and the queue of one machine in a process of their own, so that their CPU is theirs
 *  alone. Tells its port; asked for anything, it tells the CPU of all its threads in ms. */
import { createCollect } from "../../functions/collect/collect.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import { exampleStreamId } from "../../functions/streams/example.ts";
import { openDoor, type DoorOptions } from "../../infra/http.ts";
import { exampleFromHere } from "../../infra/local/example.ts";
import { openQueue } from "../../infra/local/queue/queue.ts";
import { poolCpuMs } from "../../infra/pool-cpu.ts";
import type { Registry } from "../../functions/registry.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";

export type DoorLimits = Pick<DoorOptions, "requestsMax" | "connectionsMax">;

const [directory = "", limits = "{}"] = process.argv.slice(2);
const log = () => undefined;
const registry = memoryRegistry();
const stream = { table: "a.b", offset: "UTC" };
registry.put(exampleStreamId, stream);
registry.put("00000000-0000-4000-8000-000000000001", stream);
registry.put("00000000-0000-4000-8000-000000000002", { ...stream, state: "closed" });
registry.put("00000000-0000-4000-8000-000000000003", { ...stream, state: "paused" });
// One machine holds all ids in memory; the cloud does not, and has a budget of looks instead.
const known = { ...registry, mayHold: (id: string) => (id.startsWith("2222") ? false : undefined) };
const streams = createStreamCache(known as Registry, { defaultDataset: "d", log });
const queue = await openQueue({ directory, log });
const collect = createCollect({ streams, queue, now: Date.now, poolMs: poolCpuMs });
const door = await openDoor(exampleFromHere(collect, true), {
  host: "127.0.0.1",
  port: 0,
  log,
  trustedProxies: 1,
  ...(JSON.parse(limits) as DoorLimits),
});
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send!((user + system) / 1000);
});
process.on("disconnect", () => process.exit());
process.send!(door.port);

/** deliver behind a door, over ports in memory that keep no row: what grows here would be deliver's own. */
import { createDeliver } from "../../functions/deliver/deliver.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { createStreamCache } from "../../functions/streams/cache.ts";
import { pushHandler } from "../../infra/google/queue/push.ts";
import { openDoor } from "../../infra/http.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

const [stream = ""] = process.argv.slice(2);
const log = () => undefined;
const registry = memoryRegistry();
registry.put(stream, { table: "shop.orders", offset: "UTC" });
const warehouse = memoryWarehouse();
for (const dataset of ["shop", "afterclick"]) await warehouse.createDataset({ dataset, table: "" });
const taking = { ...warehouse, append: () => Promise.resolve() };
const deliver = createDeliver({
  streams: createStreamCache(registry, { defaultDataset: "shop", log }),
  warehouse: taking,
  letters: letterStore({ warehouse: taking, productDataset: "afterclick", log }),
  now: Date.now,
  log,
});
const retries = { publish: () => Promise.resolve() };
const door = await openDoor(pushHandler({ deliver, retries, log }), { host: "127.0.0.1", port: 0, log });
process.send!(door.port);

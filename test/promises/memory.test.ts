import { queuePromises } from "./queue.ts";
import { allowancePromises } from "./allowance.ts";
import { documentsPromises } from "./documents.ts";
import { keptFilesPromises } from "./kept-files.ts";
import { type OpenRegistry, registryPromises } from "./registry.ts";
import { warehousePromises } from "./warehouse.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";
import { memoryFiles } from "../support/doubles/memory-files.ts";
import { memoryQueue } from "../support/doubles/memory-queue.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";

// What tests stand on keeps the promises of the real ones, so that they prove something.

const inMemory = "what is in memory ends with it";

const openMemoryRegistry: OpenRegistry = async () => {
  const registry = memoryRegistry();
  return {
    registry,
    byHand: async (id, document) => registry.put(id, document),
    close: () => registry.close(),
  };
};
registryPromises("memory", openMemoryRegistry, {
  "documents survive that the registry is closed and opened": inMemory,
});
allowancePromises("memory", openMemoryRegistry);

documentsPromises(
  "memory",
  async () => {
    const documents = memoryDocuments();
    return { documents, close: () => documents.close() };
  },
  { "documents survive that the store is closed and opened": inMemory },
);

keptFilesPromises("memory", async () => ({ kept: memoryFiles(), close: async () => undefined }));

queuePromises(
  "memory",
  async (attemptsMax) => {
    const queue = memoryQueue(attemptsMax);
    return {
      queue,
      backlog: queue,
      subscribe: queue.subscribe,
      close: () => queue.close(),
    };
  },
  {
    "what was published survives that the queue is closed and opened": inMemory,
    "what was acked stays gone when the queue is opened again": inMemory,
  },
);

const noSql = "it knows no SQL beyond SELECT * FROM name: what stands on it asks by select";

warehousePromises(
  "memory",
  async () => {
    const warehouse = memoryWarehouse();
    await warehouse.createDataset({ dataset: "d", table: "any" });
    let tables = 0;
    return {
      warehouse,
      freshTable: () => ({ dataset: "d", table: `t${tables++}` }),
      missingDatasetTable: () => ({ dataset: `none${tables++}`, table: "t" }),
      showsAtOnce: true,
      close: () => warehouse.close(),
    };
  },
  {
    "a query gives rows as JSON holds them, and says when it was cut": noSql,
    "a query that would change something is refused and changes nothing": noSql,
    "backend events are shown while a current file holds them": noSql,
    "statements change rows that were just loaded": noSql,
    "a table becomes what a SELECT gives, and another one in its place": noSql,
    "a SELECT that fails leaves the table as it was": noSql,
    "what is no table of ours is not replaced": noSql,
  },
);

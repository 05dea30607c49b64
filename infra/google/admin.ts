import { createAllowance } from "../../functions/allowance.ts";
import { createAdmin } from "../../functions/api/admin.ts";
import { letterStore } from "../../functions/letters/store.ts";
import type { Log } from "../../functions/log.ts";
import { isProblem } from "../../functions/problem.ts";
import { datasetMissing, tableForbidden } from "../../functions/problems.ts";
import type { Handler } from "../../functions/request.ts";
import type { Backlog } from "../../functions/queue.ts";
import { tableName } from "../../functions/table.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { snippets } from "../../panel/snippets/snippets.ts";
import { openBacklog } from "./queue/backlog.ts";
import { costsOf, queueOf, registryOf, warehouseOf, type AdminConfig } from "./config.ts";
import type { Service } from "./service.ts";
import { openQueue } from "./queue/queue.ts";
import { openDocuments } from "./registry/documents.ts";
import { openRegistry } from "./registry/registry.ts";
import { openAnswerMemory, type AnswerMemory } from "./warehouse/answer-memory.ts";
import { bothFaces, openPanel } from "../panel.ts";
import type { Person } from "../../panel/ports.ts";
import { openTail } from "./tail.ts";
import { openWarehouse } from "./warehouse/warehouse.ts";

/** The admin API on Google Cloud. Who may call it is for Cloud Run to decide (`roles/run.invoker`). */
export async function openAdmin(config: AdminConfig, log: Log, version: string): Promise<Service> {
  const registry = openRegistry(registryOf(config));
  const queue = openQueue(queueOf(config));
  const room = openAnswerMemory();
  const now = Date.now;
  const { bytesBilledMax, sumMax, sums } = costsOf(config);
  const documents = openDocuments(registryOf(config));
  const counted = openRegistry(sums);
  const allowance = createAllowance({ documents: counted, bytesMax: sumMax, now });
  const opened = openWarehouse({ ...warehouseOf(config), room, bytesBilledMax, allowance });
  const emulated = config.PUBSUB_EMULATOR_HOST !== undefined;
  const warehouse = emulated ? withoutDatasets(opened) : opened;
  const ports = {
    registry,
    documents,
    queue,
    backlog: emulated
      ? untold
      : openBacklog({ subscriptions: [config.SUBSCRIPTION, config.RETRY_SUBSCRIPTION], log, now }),
    warehouse,
    letters: letterStore({ warehouse, productDataset: config.PRODUCT_DATASET, log }),
    snippets,
    collectUrl: config.COLLECT_URL,
    defaultDataset: config.DEFAULT_DATASET,
    productDataset: config.PRODUCT_DATASET,
    searchedDays: 7,
    version,
    now,
    log,
  };
  const panel = await openPanel({ ...ports, personOf: () => letInByCloudRun });
  return {
    handler: bounded(room, bothFaces(createAdmin({ ...ports, tail: openTail() }), panel)),
    close: async () => {
      await queue.close();
      await registry.close();
      await counted.close();
      await documents.close();
      await warehouse.close();
    },
  };
}

/** Who may call this function at all is for Cloud Run to decide, and may do all that the API lets them. */
const letInByCloudRun: Person = { role: "admin", seesPayloads: true };

/** What a request reads counts until its answer is made, and the answer until it is out. */
export function bounded(room: AnswerMemory, handler: Handler): Handler {
  return (request) =>
    room.enter(async () => {
      const reply = await handler(request);
      if (typeof reply.body !== "string") return reply;
      const body = Buffer.from(reply.body);
      request.hold(body.length);
      return { ...reply, body };
    });
}

/** There is no emulator of Cloud Monitoring. */
const untold: Backlog = {
  find: async () => "unknown",
  depth: async () => ({}),
};

/** The emulator lets everybody make datasets. In the cloud Terraform alone makes them, and what works here must there. */
function withoutDatasets(warehouse: Warehouse): Warehouse {
  return {
    ...warehouse,
    async createDataset(table) {
      try {
        await warehouse.describe(table);
      } catch (error) {
        if (!isProblem(error, datasetMissing)) throw error;
        const why = "the emulated admin may not make datasets, as in the cloud";
        throw tableForbidden({ table: tableName(table), why }, error);
      }
    },
  };
}

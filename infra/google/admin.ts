import { createAllowance } from "../../functions/allowance.ts";
import { createAdmin } from "../../functions/api/admin.ts";
import { missedHits } from "../../functions/hits/missed.ts";
import { createSteps } from "../../functions/letters/steps.ts";
import { createHealth } from "../../functions/health/health.ts";
import { letterStore } from "../../functions/letters/store.ts";
import type { Log } from "../../functions/log.ts";
import { asProblem, isProblem } from "../../functions/problem.ts";
import { datasetMissing, tableForbidden } from "../../functions/problems.ts";
import { createIdentify, everybodyIsThisMachine } from "../../functions/people/identify.ts";
import { withSignIn } from "../../functions/sign-in/sign-in.ts";
import type { Handler } from "../../functions/request.ts";
import type { Backlog } from "../../functions/queue.ts";
import { tableName } from "../../functions/table.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { snippets } from "../../panel/snippets/snippets.ts";
import { openBacklog } from "./queue/backlog.ts";
import type { AdminConfig } from "./config.ts";
import { openIdentities, type IdentitiesConfig } from "./identities.ts";
import {
  bucketOf,
  costsOf,
  importsOf,
  jobsOf,
  peopleOf,
  queueOf,
  registryOf,
  secretsOf,
  warehouseOf,
} from "./told.ts";
import { openBucketFiles } from "./files/bucket.ts";
import { sampleRoom } from "./files/sample-room.ts";
import type { Service } from "./service.ts";
import { openJobs, withSteps } from "./queue/jobs.ts";
import { wake } from "./queue/notices.ts";
import { openQueue } from "./queue/queue.ts";
import { noTail, openTail } from "./queue/tail.ts";
import { openTopic } from "./queue/topic.ts";
import { openDocuments } from "./registry/documents.ts";
import { openRegistry } from "./registry/registry.ts";
import { openSecrets } from "./secrets/secrets.ts";
import { openAnswerMemory, type AnswerMemory } from "./warehouse/answer-memory.ts";
import { openParquet } from "../parquet/parquet.ts";
import { bothFaces, openPanel } from "../panel.ts";
import { openWarehouse } from "./warehouse/warehouse.ts";

/** The admin API on Google Cloud. Who reaches it is for Cloud Run to decide (`roles/run.invoker`), and who
 *  they are and what they may do is for the people that are kept here.
 *  @param keys by which Google signs, for tests */
export async function openAdmin(
  config: AdminConfig,
  log: Log,
  version: string,
  keys?: IdentitiesConfig["keys"],
): Promise<Service> {
  const registry = openRegistry(registryOf(config));
  const queue = openQueue(queueOf(config));
  const memory = openAnswerMemory();
  const now = Date.now;
  const documents = openDocuments(registryOf(config));
  const { firstAdmins, audiences, isOpen } = peopleOf(config);
  const people = { documents, firstAdmins, now };
  const google = openIdentities({ audiences, ...(keys !== undefined && { keys }) });
  const identify = isOpen ? everybodyIsThisMachine : createIdentify({ ...people, google });
  const { bytesBilledMax, sumMax, sums } = costsOf(config);
  const counted = openRegistry(sums);
  const allowance = createAllowance({ documents: counted, bytesMax: sumMax, now });
  const opened = openWarehouse({ ...warehouseOf(config), memory, bytesBilledMax, allowance });
  const emulated = config.PUBSUB_EMULATOR_HOST !== undefined;
  const warehouse = emulated ? withoutDatasets(opened) : opened;
  const jobs = openJobs(jobsOf(config));
  const secrets = secretsOf(config);
  const received = openReceived(config, log);
  const ports = {
    ...people,
    ...received?.ports,
    ...(config.IMPORT_ACCOUNT !== undefined && {
      sharing: { account: config.IMPORT_ACCOUNT, project: config.PROJECT },
    }),
    // import fetches feeds; it is told as of a file.
    ...(received !== undefined && { feedAsked: received.ports.uploads.arrived }),
    jobs,
    identify,
    registry,
    queue,
    backlog: emulated
      ? untold
      : openBacklog({ subscriptions: [config.SUBSCRIPTION, config.RETRY_SUBSCRIPTION], log, now }),
    warehouse,
    letters: letterStore({ warehouse, productDataset: config.PRODUCT_DATASET, log }),
    snippets,
    ...(secrets !== undefined && { secrets: openSecrets({ ...secrets, now }) }),
    collectUrl: config.COLLECT_URL,
    defaultDataset: config.DEFAULT_DATASET,
    productDataset: config.PRODUCT_DATASET,
    searchedDays: 7,
    version,
    log,
  };
  const health = createHealth(ports);
  const missed = (streamId: string, since: number) => missedHits(ports, streamId, since);
  const tail = config.LIVE === "off" ? undefined : openTail({ ...queueOf(config), now, log, missed });
  const panel = await openPanel({ ...ports, ...(tail !== undefined && { tail }), personOf: identify });
  const faces = bothFaces(createAdmin({ ...ports, health, alerts: noAlerts, tail: tail ?? noTail }), panel);
  const door = isOpen ? faces : withSignIn(people, faces);
  return {
    handler: bounded(memory, withSteps({ work: createSteps(ports), log }, door)),
    // For the pauses of those who fail to sign in; the platform adds the address that it saw.
    door: { trustedProxies: 1 },
    close: async () => {
      tail?.close();
      await received?.close();
      await queue.close();
      await jobs.close();
      await registry.close();
      await counted.close();
      await documents.close();
      await warehouse.close();
    },
  };
}

/** Where files of imports are sent to, and who then works on them; undefined where there is no bucket. */
function openReceived({ BUCKET, IMPORT_TOPIC, ...config }: AdminConfig, log: Log) {
  if (BUCKET === undefined || IMPORT_TOPIC === undefined) return undefined;
  const topic = openTopic(importsOf({ ...config, IMPORT_TOPIC }));
  const { keptFiles } = openBucketFiles(bucketOf({ ...config, BUCKET }));
  const arrived = () =>
    // The file is durable: where nobody is told of it, the next look finds it, within 15 minutes.
    wake(topic).catch((error: unknown) =>
      log("WARNING", "import is not told of a file that arrived; it finds it later.", {
        event: "import_not_told",
        detail: asProblem(error).message,
      }),
    );
  const uploads = { keptFiles, arrived, parquet: openParquet, scratch: sampleRoom };
  return { ports: { uploads, bucket: BUCKET }, close: topic.close };
}

/** What a request reads counts until its answer is made, and the answer until it is out. */
export function bounded(memory: AnswerMemory, handler: Handler): Handler {
  return (request) =>
    memory.enter(async () => {
      const reply = await handler(request);
      if (typeof reply.body !== "string") return reply;
      const body = Buffer.from(reply.body);
      request.hold(body.length);
      return { ...reply, body };
    });
}

/** Alerts of the cloud are Cloud Monitoring's (terraform/monitoring.tf). */
const noAlerts = { test: async () => [] };

/** There is no emulator of Cloud Monitoring. */
const untold: Backlog = {
  find: async () => "unknown",
  depth: async () => ({}),
};

/** The emulator lets everybody make datasets. In the cloud Terraform alone makes them, and what works here
 *  must there. */
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

import { receiveObject } from "../../functions/import/bucket/receive.ts";
import { tellSender } from "../../functions/import/bucket/results.ts";
import { sweepBucket } from "../../functions/import/bucket/sweep.ts";
import { openDaySweep } from "../../functions/import/days/sweep.ts";
import type { DuePorts } from "../../functions/import/links/automatic/due.ts";
import type { Worked, WorkPorts } from "../../functions/import/load/work.ts";
import { fetchDue, type FeedWorkPorts } from "../../functions/feeds/fetches/work.ts";
import { workOnNext } from "../../functions/import/next.ts";
import type { Secrets } from "../../functions/secrets.ts";
import type { SharedPorts } from "../../functions/import/shared/look.ts";
import { openSteps } from "../../functions/steps.ts";
import type { Log } from "../../functions/log.ts";
import { scratch } from "../scratch.ts";
import { reachOf } from "../web/reach.ts";
import { openWeb } from "../web/web.ts";
import { openParquet } from "../parquet/parquet.ts";
import type { ImportConfig } from "./config.ts";
import { openBucketFiles } from "./files/bucket.ts";
import { importHandler, wake, worker } from "./queue/notices.ts";
import { openTopic } from "./queue/topic.ts";
import { openDocuments } from "./registry/documents.ts";
import type { Service } from "./service.ts";
import { openSecrets } from "./secrets/secrets.ts";
import { bucketOf, importsOf, registryOf, secretsOf, warehouseOf } from "./told.ts";
import { openWarehouse } from "./warehouse/warehouse.ts";

/** import on Google Cloud: files that arrived become rows, their events are linked, and feeds are fetched.
 *  Pub/Sub pushes to `/` what the bucket tells of its objects and what admin asks for; Cloud Scheduler has
 *  the bucket looked through at `/sweep`, for what nobody told of. Both may come twice, late and in any
 *  order. */

/** A push lives for 10 minutes (terraform/): a file that is begun by then has the rest of them. */
const workMs = 240_000;
/** What BigQuery has not done by then is waited for by the next push. */
const deadlineMs = 240_000;
/** Feeds are begun for so long after files: one that is begun by then has the rest of the push. */
const feedsMs = 60_000;
/** Longer than any push lives. */
const heldMs = 15 * 60_000;

/** @param web of another reach, for tests: nothing that is not of the public Internet is asked here */
export function openImport(config: ImportConfig, log: Log, web = openWeb(reachOf(undefined))): Service {
  const warehouse = openWarehouse(warehouseOf(config));
  const documents = openDocuments(registryOf(config));
  const topic = openTopic(importsOf(config));
  const files = openBucketFiles(bucketOf(config));
  const now = Date.now;
  const productDataset = config.PRODUCT_DATASET;
  const told = { warehouse, productDataset, log, ...files };
  const secrets = secretsOf(config);
  const ports: WorkPorts & DuePorts & SharedPorts & { secrets?: Secrets } = {
    ...(secrets !== undefined && { secrets: openSecrets({ ...secrets, now }) }),
    warehouse,
    productDataset,
    defaultDataset: config.DEFAULT_DATASET,
    documents,
    keptFiles: files.keptFiles,
    parquet: openParquet,
    scratch,
    now,
    log,
    deadlineMs,
    heldMs,
    ...(config.IMPORT_ACCOUNT !== undefined && { account: config.IMPORT_ACCOUNT }),
    tellSender: (file) => tellSender(told, file),
  };
  // An instance lives for minutes: what one has written, the next one need not.
  const days = openDaySweep(ports, { isKept: true });
  const feeds: FeedWorkPorts = { ...ports, web, deadlineMs };
  async function work(): Promise<Worked> {
    const steps = openSteps();
    const worked = await steps.take(() => workOnNext(ports, days));
    if (worked === "one" || worked === "held") return worked;
    const end = performance.now() + feedsMs;
    const isAllFetched = await steps.take(() => fetchDue(feeds, () => performance.now() < end));
    steps.end();
    return isAllFetched === true ? "none" : "one";
  }
  const bucketPorts = { documents, ...files, log, now };
  const handler = importHandler({
    work: worker(work, { workMs, elapsedMs: () => performance.now() }),
    receive: (object) => receiveObject(bucketPorts, object),
    sweep: () => sweepBucket(bucketPorts),
    wake: () => wake(topic),
    bucket: config.BUCKET,
    log,
  });
  return {
    handler,
    close: async () => {
      await topic.close();
      await documents.close();
      await warehouse.close();
    },
  };
}

import type {
  AdminConfig,
  BigQueryConfig,
  CommonConfig,
  DeliverConfig,
  FilesConfig,
  ImportConfig,
  PublishingConfig,
  SecretsConfig,
} from "./config.ts";
import type { StorageConfig } from "./files/storage.ts";
import type { TopicConfig } from "./queue/topic.ts";
import type { RegistryConfig } from "./registry/calls.ts";
import type { SecretManagerConfig } from "./secrets/secret-manager.ts";
import type { WarehouseConfig } from "./warehouse/warehouse.ts";

/** What the drivers are told of an instance's settings, each in its own words. */

/** The parts of `projects/P/topics/T`, or of another resource named so. */
export function partsOf(resourceName: string): {
  project: string;
  name: string;
} {
  const [, project, , name] = resourceName.split("/");
  return { project: project!, name: name! };
}

export function queueOf({ TOPIC, PUBSUB_EMULATOR_HOST }: PublishingConfig): TopicConfig {
  return topicOf(TOPIC, PUBSUB_EMULATOR_HOST);
}

export function retriesOf({ RETRY_TOPIC, PUBSUB_EMULATOR_HOST }: DeliverConfig): TopicConfig {
  return topicOf(RETRY_TOPIC, PUBSUB_EMULATOR_HOST);
}

export function jobsOf({ JOBS_TOPIC, PUBSUB_EMULATOR_HOST }: AdminConfig): TopicConfig {
  return topicOf(JOBS_TOPIC, PUBSUB_EMULATOR_HOST);
}

export function importsOf({
  IMPORT_TOPIC,
  PUBSUB_EMULATOR_HOST,
}: Pick<ImportConfig, "IMPORT_TOPIC" | "PUBSUB_EMULATOR_HOST">): TopicConfig {
  return topicOf(IMPORT_TOPIC, PUBSUB_EMULATOR_HOST);
}

export function bucketOf({
  BUCKET: bucket,
  STORAGE_EMULATOR_HOST: emulator,
}: Pick<FilesConfig, "BUCKET" | "STORAGE_EMULATOR_HOST">): StorageConfig {
  return { bucket, ...(emulator !== undefined && { emulator }) };
}

/** Undefined where no secrets are kept: on emulators. */
export function secretsOf({
  PROJECT: project,
  SECRETS_PREFIX: prefix,
  SECRETS_LOCATION: location,
  SECRETS_KMS_KEY: kmsKey,
  SECRETS_EMULATOR_HOST: emulator,
}: CommonConfig & Partial<SecretsConfig>): SecretManagerConfig | undefined {
  if (prefix === undefined || location === undefined) return undefined;
  return {
    project,
    prefix,
    location,
    ...(kmsKey && { kmsKey }),
    ...(emulator !== undefined && { emulator }),
  };
}

function topicOf(resourceName: string, emulator: string | undefined): TopicConfig {
  const { project, name } = partsOf(resourceName);
  return { project, topic: name, ...(emulator !== undefined && { emulator }) };
}

export function registryOf({
  PROJECT,
  REGISTRY_DATABASE,
  FIRESTORE_EMULATOR_HOST: emulator,
}: CommonConfig): RegistryConfig {
  return {
    project: PROJECT,
    database: REGISTRY_DATABASE,
    ...(emulator !== undefined && { emulator }),
  };
}

export function peopleOf({ FIRST_ADMINS, AUDIENCES, FIRESTORE_EMULATOR_HOST }: AdminConfig): {
  firstAdmins: string[];
  audiences: string[];
  /** On emulators, where nobody is named: there is nothing to be kept from anybody. */
  isOpen: boolean;
} {
  const list = (text: string) => text.split(",").filter((one) => one !== "");
  const firstAdmins = list(FIRST_ADMINS).map((mail) => mail.toLowerCase());
  const isOpen = FIRESTORE_EMULATOR_HOST !== undefined && firstAdmins.length === 0;
  return { firstAdmins, audiences: list(AUDIENCES), isOpen };
}

/** What people's statements may cost. The sum of a day lies beside the streams, where every instance finds
 *  it. */
export function costsOf(config: AdminConfig): {
  bytesBilledMax: number;
  sumMax: number;
  sums: RegistryConfig;
} {
  return {
    bytesBilledMax: config.STATEMENT_GIB_MAX * gibibyte,
    sumMax: config.DAY_GIB_MAX * gibibyte,
    sums: { ...registryOf(config), collection: "allowances" },
  };
}

const gibibyte = 1024 ** 3;

export function warehouseOf(config: CommonConfig & BigQueryConfig): WarehouseConfig {
  const {
    PROJECT: project,
    LOCATION: location,
    PRODUCT_DATASET: productDataset,
    BIGQUERY_EMULATOR_REST: rest,
    BIGQUERY_EMULATOR_GRPC: grpc,
    BIGQUERY_EMULATOR_CONNECTIONS: connectionsMax,
  } = config;
  if (rest === undefined || grpc === undefined) return { project, location, productDataset };
  // An emulator has one table of a name.
  const settleMs = 0;
  return {
    project,
    location,
    productDataset,
    settleMs,
    emulator: { rest, grpc },
    connectionsMax,
  };
}

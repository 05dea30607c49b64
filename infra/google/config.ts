import { withoutSlash, type ConfigSchema } from "../config.ts";
import { levelOf, levels, type Level } from "../json-log.ts";

/** What an instance on Cloud Functions may be told. Terraform sets all of it but FUNCTION_TARGET and PORT,
 *  which are the platform's; see terraform/locals.tf. */
export const targets = ["collect", "deliver", "admin", "import"] as const;
export type Target = (typeof targets)[number];

export type Config = CollectConfig | DeliverConfig | AdminConfig | ImportConfig;

export interface CommonConfig {
  PORT: number;
  PROJECT: string;
  REGISTRY_DATABASE: string;
  DEFAULT_DATASET: string;
  LOG_LEVEL: Level;
  FIRESTORE_EMULATOR_HOST?: string;
}

export interface PublishingConfig {
  /** `projects/P/topics/T`. */
  TOPIC: string;
  PUBSUB_EMULATOR_HOST?: string;
}

export interface BigQueryConfig {
  PRODUCT_DATASET: string;
  LOCATION: string;
  BIGQUERY_EMULATOR_REST?: string;
  BIGQUERY_EMULATOR_GRPC?: string;
  BIGQUERY_EMULATOR_CONNECTIONS: number;
}

export interface CollectConfig extends CommonConfig, PublishingConfig, Partial<SecretsConfig> {
  FUNCTION_TARGET: "collect";
  TRUSTED_PROXIES: number;
}

export interface DeliverConfig extends CommonConfig, BigQueryConfig {
  FUNCTION_TARGET: "deliver";
  /** `projects/P/topics/T`. */
  RETRY_TOPIC: string;
  PUBSUB_EMULATOR_HOST?: string;
}

/** Where files of imports are, and how import is told of them. */
export interface FilesConfig {
  BUCKET: string;
  /** `projects/P/topics/T`, which pushes to import. */
  IMPORT_TOPIC: string;
  /** Of import, as who shares a table or a bucket has to name it. */
  IMPORT_ACCOUNT?: string;
  STORAGE_EMULATOR_HOST?: string;
}

/** Where secrets are kept. */
export interface SecretsConfig {
  /** Of their ids in Secret Manager. */
  SECRETS_PREFIX: string;
  SECRETS_LOCATION: string;
  /** Empty: Google's own key. */
  SECRETS_KMS_KEY: string;
  SECRETS_EMULATOR_HOST?: string;
}

export interface ImportConfig extends CommonConfig, BigQueryConfig, FilesConfig, Partial<SecretsConfig> {
  FUNCTION_TARGET: "import";
  PUBSUB_EMULATOR_HOST?: string;
}

export interface AdminConfig
  extends CommonConfig, PublishingConfig, BigQueryConfig, Partial<FilesConfig>, Partial<SecretsConfig> {
  FUNCTION_TARGET: "admin";
  /** `projects/P/subscriptions/S`, the one that pushes to deliver. */
  SUBSCRIPTION: string;
  /** The one of the retry topic. */
  RETRY_SUBSCRIPTION: string;
  /** `projects/P/topics/T`, which pushes to this very function. */
  JOBS_TOPIC: string;
  /** Without a slash at its end. */
  COLLECT_URL: string;
  LIVE: "on" | "off";
  /** Mail addresses with commas between them. */
  FIRST_ADMINS: string;
  /** Addresses of this service with commas between them. */
  AUDIENCES: string;
  STATEMENT_GIB_MAX: number;
  DAY_GIB_MAX: number;
}

type Properties = ConfigSchema["properties"];

const project = "[a-z][a-z0-9.:-]{0,60}[a-z0-9]";
const resource = "[A-Za-z][A-Za-z0-9._~+%-]{2,254}";
const dataset = {
  type: "string",
  pattern: "^[A-Za-z0-9_]{1,300}$",
  allowed: "1 to 300 letters, digits and _",
};
const emulator = { type: "string", pattern: "^[^/\\s]+:\\d{1,5}$", allowed: "host:port" };

const common: Properties = {
  FUNCTION_TARGET: {
    enum: targets,
    description: "which function this instance is",
  },
  PORT: {
    type: "integer",
    minimum: 0,
    maximum: 65_535,
    default: 8080,
    description: "port to listen on, 0 takes a free one",
  },
  PROJECT: {
    type: "string",
    pattern: `^${project}$`,
    allowed: "the id of a project, such as my-project",
    description: "id of the Google Cloud project",
  },
  REGISTRY_DATABASE: {
    type: "string",
    pattern: "^(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$",
    allowed: "(default), or 4 to 63 small letters, digits and -",
    default: "(default)",
    description: "name of the Firestore database that holds the streams",
  },
  DEFAULT_DATASET: {
    ...dataset,
    default: "conversions",
    description: "dataset of tables named without one",
  },
  LOG_LEVEL: {
    enum: levels,
    readAs: levelOf,
    default: "info",
    description: "the least that is logged",
  },
  FIRESTORE_EMULATOR_HOST: {
    ...emulator,
    description: "host:port of an emulator, for tests",
  },
};

const topic = {
  type: "string",
  pattern: `^projects/${project}/topics/${resource}$`,
  allowed: "projects/PROJECT/topics/TOPIC",
};
const subscription = {
  type: "string",
  pattern: `^projects/${project}/subscriptions/${resource}$`,
  allowed: "projects/PROJECT/subscriptions/SUBSCRIPTION",
};
const pubsubEmulator: Properties = {
  PUBSUB_EMULATOR_HOST: {
    ...emulator,
    description: "host:port of an emulator, for tests",
  },
};

const publishing: Properties = {
  TOPIC: { ...topic, description: "the topic of hits, as projects/PROJECT/topics/TOPIC" },
  ...pubsubEmulator,
};

const warehouse: Properties = {
  DEFAULT_DATASET: {
    ...common["DEFAULT_DATASET"]!,
    differsFrom: "PRODUCT_DATASET",
  },
  PRODUCT_DATASET: {
    ...dataset,
    default: "afterclick",
    description: "dataset of dead letters",
  },
  LOCATION: {
    type: "string",
    pattern: "^[A-Za-z0-9-]{2,40}$",
    allowed: "a location of BigQuery",
    description: "where BigQuery stores, such as EU or europe-west1",
  },
  BIGQUERY_EMULATOR_REST: {
    ...emulator,
    description: "host:port of an emulator, for tests",
  },
  BIGQUERY_EMULATOR_GRPC: {
    ...emulator,
    description: "host:port of an emulator, for tests",
  },
  // bqemulator has a thread for each open connection, and few of them; the next one hangs.
  BIGQUERY_EMULATOR_CONNECTIONS: {
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: 2,
    description: "connections for appends that the emulator holds",
  },
};

const files: Properties = {
  BUCKET: {
    type: "string",
    pattern: "^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$",
    allowed: "the name of a bucket, such as my-project-afterclick-imports",
    description: "the bucket into which senders put files of backend events",
  },
  IMPORT_TOPIC: {
    ...topic,
    description: "the topic by which import hears of files, as projects/PROJECT/topics/TOPIC",
  },
  IMPORT_ACCOUNT: {
    type: "string",
    pattern: "^[^@\\s]+@[^@\\s]+$",
    allowed: "the mail address of a service account",
    description: "the service account of import, to which others grant what it may read",
  },
  STORAGE_EMULATOR_HOST: {
    ...emulator,
    description: "host:port of a double of Cloud Storage, for tests",
  },
};

const secrets: Properties = {
  SECRETS_PREFIX: {
    type: "string",
    pattern: "^[a-z][a-z0-9-]{0,30}_$",
    allowed: "small letters, digits and -, and _ at the end",
    description: "how the ids of this installation's secrets in Secret Manager begin, such as afterclick_",
  },
  SECRETS_LOCATION: {
    type: "string",
    pattern: "^[a-z]+-[a-z]+[0-9]+$",
    allowed: "a region, such as europe-west1",
    description: "the region where secrets are stored",
  },
  SECRETS_KMS_KEY: {
    type: "string",
    pattern: "^(projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+)?$",
    allowed: "projects/P/locations/L/keyRings/R/cryptoKeys/K",
    default: "",
    description: "the key under which secrets are stored, Google's own where left out",
  },
  SECRETS_EMULATOR_HOST: {
    ...emulator,
    description: "host:port of a double of Secret Manager, for tests",
  },
};

const always = ["FUNCTION_TARGET", "PROJECT"];

const schemas: Readonly<Record<Target, ConfigSchema>> = {
  collect: {
    type: "object",
    required: [...always, "TOPIC"],
    properties: {
      ...common,
      ...publishing,
      ...secrets,
      TRUSTED_PROXIES: {
        type: "integer",
        minimum: 0,
        maximum: 5,
        default: 1,
        description:
          "how many proxies stand before this function: the sender's address is read that far from the right of X-Forwarded-For",
      },
    },
  },
  deliver: {
    type: "object",
    required: [...always, "RETRY_TOPIC", "LOCATION"],
    properties: {
      ...common,
      ...warehouse,
      RETRY_TOPIC: {
        ...topic,
        description: "the topic of hits that come later, as projects/PROJECT/topics/TOPIC",
      },
      ...pubsubEmulator,
    },
  },
  admin: {
    type: "object",
    required: [
      ...always,
      "TOPIC",
      "SUBSCRIPTION",
      "RETRY_SUBSCRIPTION",
      "JOBS_TOPIC",
      "LOCATION",
      "COLLECT_URL",
    ],
    properties: {
      ...common,
      ...publishing,
      ...warehouse,
      ...files,
      ...secrets,
      SUBSCRIPTION: {
        ...subscription,
        description: "the subscription of deliver, as projects/PROJECT/subscriptions/SUBSCRIPTION",
      },
      RETRY_SUBSCRIPTION: {
        ...subscription,
        description:
          "the subscription of the hits that come later, as projects/PROJECT/subscriptions/SUBSCRIPTION",
      },
      JOBS_TOPIC: {
        ...topic,
        description: "the topic of the steps of jobs, as projects/PROJECT/topics/TOPIC",
      },
      LIVE: {
        enum: ["on", "off"],
        default: "on",
        description: "whether people follow hits, by subscriptions of their own",
      },
      COLLECT_URL: {
        type: "string",
        pattern: "^https?://[^/?#]+(/[^?#]*[^/?#])?$",
        allowed: "an address that begins with http:// or https:// and has neither ? nor #",
        readAs: withoutSlash,
        description: "the address under which the world sees collect, such as https://hits.example.com",
      },
      FIRST_ADMINS: {
        type: "string",
        pattern: "^([^\\s,@]+@[^\\s,@]+(,[^\\s,@]+@[^\\s,@]+)*)?$",
        allowed: "mail addresses with commas between them",
        default: "",
        description: "who is an admin from the start, and stays one whatever is changed later",
      },
      AUDIENCES: {
        type: "string",
        pattern: "^(https://[^\\s,]+(,https://[^\\s,]+)*)?$",
        allowed: "https addresses with commas between them",
        default: "",
        description:
          "addresses of this service for which Google makes ID tokens, beside the one a request comes to",
      },
      STATEMENT_GIB_MAX: {
        type: "integer",
        minimum: 1,
        maximum: 1_000_000,
        default: 100,
        description: "GiB that one query of a person may read; BigQuery bills them",
      },
      DAY_GIB_MAX: {
        type: "integer",
        minimum: 1,
        maximum: 1_000_000,
        default: 1_000,
        description: "GiB that all queries of people together may read in a day of UTC",
      },
    },
  },
  import: {
    type: "object",
    required: [...always, "BUCKET", "IMPORT_TOPIC", "LOCATION"],
    properties: { ...common, ...warehouse, ...files, ...secrets, ...pubsubEmulator },
  },
};

/** @param target FUNCTION_TARGET as it is set; the schema of a wrong one refuses it */
export function configSchema(target: string | undefined): ConfigSchema {
  const known = targets.find((name) => name === target);
  return known === undefined ? { type: "object", required: always, properties: common } : schemas[known];
}

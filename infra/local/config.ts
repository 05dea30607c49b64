import { adminPortUsual } from "../../functions/admin-port.ts";
import { warehouseDatasets } from "../../functions/table.ts";
import { levelOf, levels, type Level } from "../json-log.ts";
import { withoutSlash, type ConfigSchema } from "../config.ts";
import { mayReachVariable } from "../web/reach.ts";

/** What the embedded run may be told. docs/embedded.md lists the variables; a test compares the two. */
export interface Config {
  /** Where hits are taken. */
  PORT: number;
  HOST: string;
  /** The admin API: on 127.0.0.1 only. */
  ADMIN_PORT: number;
  /** Where senders connect by SFTP, once a drop box is open. */
  SFTP_PORT: number;
  AFTERCLICK_DATA_DIR: string;
  /** The address under which the world sees this server, without a slash at the end;
   *  http://localhost:PORT where left out. */
  COLLECT_URL?: string;
  /** The address under which people open the panel, without a path; nobody signs in where left out. */
  PANEL_URL?: string;
  /** 64 hex digits, by which secrets are sealed; made and kept in the data folder where left out. */
  AFTERCLICK_SECRET_KEY?: string;
  DEFAULT_DATASET: string;
  /** Networks and servers that feeds may be fetched from although they are not of the public Internet. */
  FEEDS_MAY_REACH?: string;
  /** A folder whose files imports may read; none where left out. */
  FILES_DIR?: string;
  /** A folder that is watched for files of imports; none where left out. */
  IMPORTS_DIR?: string;
  /** Where alerts go; nowhere where none of them is named. */
  ALERTS_CHAT_URL?: string;
  ALERTS_WEBHOOK_URL?: string;
  ALERTS_WEBHOOK_SECRET?: string;
  TRUSTED_PROXIES: number;
  LOG_LEVEL: Level;
}

/** Whoever knows such an address may write there. */
const webhook = {
  type: "string",
  pattern: "^https?://[^/?#@\\s]+([/?][^#\\s]*)?$",
  maxLength: 2_000,
  allowed: "an address that begins with https:// or http:// and has no #",
  secret: true,
};
const port = { type: "integer", minimum: 0, maximum: 65_535 };

export const configSchema: ConfigSchema = {
  type: "object",
  properties: {
    PORT: {
      ...port,
      default: 8080,
      description: "port for hits, 0 takes a free one",
    },
    HOST: {
      type: "string",
      maxLength: 255,
      default: "0.0.0.0",
      description: "address to listen on for hits; 0.0.0.0 is every one of the machine",
    },
    ADMIN_PORT: {
      ...port,
      default: adminPortUsual,
      description: "port of the admin API on 127.0.0.1, 0 takes a free one",
    },
    SFTP_PORT: {
      ...port,
      default: 2022,
      description:
        "port for senders of files by SFTP on HOST, 0 takes a free one; closed until a drop box is opened",
    },
    AFTERCLICK_DATA_DIR: {
      type: "string",
      minLength: 1,
      default: ".afterclick",
      description: "folder of all data",
    },
    AFTERCLICK_SECRET_KEY: {
      type: "string",
      pattern: "^[0-9a-fA-F]{64}$",
      allowed: "64 hex digits, as openssl rand -hex 32 makes them",
      secret: true,
      description: "the key by which secrets are sealed; secrets.key in the data folder where left out",
    },
    COLLECT_URL: {
      type: "string",
      pattern: "^https?://[^/?#]+(/[^?#]*[^/?#])?$",
      allowed: "an address that begins with http:// or https:// and has neither ? nor #",
      readAs: withoutSlash,
      description: "the address under which the world sees this server, such as https://hits.example.com",
    },
    PANEL_URL: {
      type: "string",
      pattern: "^(https://[^/?#@\\s]+|http://(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d{1,5})?)/?$",
      allowed: "https:// and a host, or http:// and localhost or 127.0.0.1, with no path behind it",
      readAs: withoutSlash,
      description:
        "the address under which people open the admin port through a proxy, such as https://afterclick.example.com; with it everybody signs in",
    },
    DEFAULT_DATASET: {
      type: "string",
      pattern: "^[A-Za-z0-9_]{1,300}$",
      allowed: "1 to 300 letters, digits and _",
      default: "conversions",
      // The product's own, the example's, whose address everybody knows, and DuckDB's.
      noneOf: ["afterclick", "example", ...warehouseDatasets],
      description: "dataset of tables named without one",
    },
    FEEDS_MAY_REACH: mayReachVariable,
    FILES_DIR: {
      type: "string",
      minLength: 1,
      description: "folder whose CSV and Parquet files imports may read as web events, and whoever may query",
    },
    IMPORTS_DIR: {
      type: "string",
      minLength: 1,
      description: "folder that is watched for files of backend events, those of an import in IMPORT/in",
    },
    ALERTS_CHAT_URL: {
      ...webhook,
      description:
        "the incoming webhook of a chat that is told of incidents, as Slack, Mattermost and Google Chat have it",
    },
    ALERTS_WEBHOOK_URL: {
      ...webhook,
      description: "a server that is told of incidents as JSON, signed by ALERTS_WEBHOOK_SECRET",
    },
    ALERTS_WEBHOOK_SECRET: {
      type: "string",
      pattern: "^whsec_[A-Za-z0-9+/]{32,88}={0,2}$",
      allowed: "whsec_ and 24 to 64 bytes in base64, as echo whsec_$(openssl rand -base64 32) makes them",
      secret: true,
      description: "the secret by which Standard Webhooks signs what goes to ALERTS_WEBHOOK_URL",
    },
    TRUSTED_PROXIES: {
      type: "integer",
      minimum: 0,
      maximum: 5,
      default: 0,
      description:
        "how many proxies stand before this server: the sender's address is read that far from the right of X-Forwarded-For",
    },
    LOG_LEVEL: {
      enum: levels,
      readAs: levelOf,
      default: "info",
      description: "the least that is logged",
    },
  },
};

import { type AuditPorts, recording } from "../../people/audit.ts";
import { notHere } from "../../problems.ts";
import type { ExportFormat, Snapshots } from "../../snapshots.ts";
import { exportFile, mediaTypes } from "../../streams/tables/files.ts";
import { tablePattern } from "../../table.ts";
import { json, jsonAnswer, route, type Route } from "../route.ts";
import { ref } from "../schema.ts";

interface FilePorts extends AuditPorts {
  /** Only on a machine of one's own. */
  snapshots?: Snapshots;
  /** The dataset of a bare table name. */
  defaultDataset: string;
}

/** Whole files, where the ground offers them: a result as Parquet or CSV, a backup of everything. */
export function fileRoutes(ports: FilePorts): Route[] {
  const { snapshots } = ports;
  return [
    route<unknown, unknown, { sql?: string; table?: string; format: ExportFormat }>({
      method: "POST",
      path: "/v1/export",
      operation: "export",
      role: "viewer",
      payloads: "whole",
      summary: "A table, or the result of one SELECT, as a file",
      isRead: true,
      body: {
        type: "object",
        description: "Name either a table or sql, one of the two",
        required: ["format"],
        properties: {
          sql: {
            description: "one SELECT statement of at most 100000 characters",
            type: "string",
            minLength: 1,
            maxLength: 100_000,
          },
          table: {
            description: "table, dataset.table or project.dataset.table",
            type: "string",
            pattern: tablePattern,
          },
          format: {
            description: "parquet, csv (exact), or excel (CSV with a byte order mark and no cell that runs)",
            enum: Object.keys(mediaTypes),
          },
        },
        additionalProperties: false,
        oneOf: [
          { required: ["sql"], properties: { table: false } },
          { required: ["table"], properties: { sql: false } },
        ],
      },
      answer: {
        status: 200,
        description: "The file",
        content: {
          "application/vnd.apache.parquet": {},
          "text/csv": { type: "string" },
        },
      },
      problems: [
        "not_here",
        "query_refused",
        "answer_too_large",
        "table_missing",
        "dataset_missing",
        "warehouse_busy",
        "warehouse_down",
      ],
      async handle({ body: { sql, table, format }, gone, who }) {
        const asked = sql === undefined ? { table: table ?? "", format } : { sql, format };
        const body = await exportFile(ports, who, asked, gone);
        return {
          status: 200,
          headers: {
            "content-type": mediaTypes[format],
            "cache-control": "no-store",
          },
          body,
        };
      },
    }),

    route<unknown, unknown, { directory: string }>({
      method: "POST",
      path: "/v1/backup",
      operation: "backup",
      role: "admin",
      payloads: "whole",
      summary: "A consistent copy of everything, made while the server runs",
      body: {
        type: "object",
        required: ["directory"],
        properties: {
          directory: {
            description: "the absolute path of a directory on the server, empty or not there yet",
            type: "string",
            pattern: "^(/|[A-Za-z]:[\\\\/])[^\\u0000]*$",
            maxLength: 4096,
          },
        },
        additionalProperties: false,
      },
      answer: jsonAnswer("What was written", ref("Backup")),
      problems: ["not_here", "backup_refused", "queue_down", "registry_down", "warehouse_down"],
      async handle({ body: { directory }, who }) {
        if (snapshots === undefined) {
          throw notHere({
            what: "A backup into a directory",
            instead: "use the time travel and the snapshots of the warehouse, and the export of the registry",
          });
        }
        const told = { what: "backup_made", about: directory } as const;
        const { files } = await recording(ports, who, told, () => snapshots.backup(directory));
        return json({ directory, files });
      },
    }),

    route({
      method: "GET",
      path: "/v1/check",
      operation: "check",
      role: "admin",
      payloads: "none",
      summary: "What is wrong with the data folder: every byte that has a checksum is read",
      answer: jsonAnswer("A sentence for each finding; none where all is in order", ref("Check")),
      problems: ["not_here", "warehouse_down"],
      async handle() {
        if (snapshots === undefined)
          throw notHere({ what: "The check of a data folder", instead: "Google checks what it stores" });
        return json({ findings: await snapshots.check() });
      },
    }),
  ];
}

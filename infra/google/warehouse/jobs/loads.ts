import { Problem } from "../../../../functions/problem.ts";
import { statementRefused, tableMissing, warehouseDown } from "../../../../functions/problems.ts";
import { tableName, type TableRef } from "../../../../functions/table.ts";
import type { Column, Row, Value, Warehouse } from "../../../../functions/warehouse.ts";
import type { FetchText } from "../../fetch-text.ts";
import { openUpload, whyUploadFailed, UploadRefused, type Upload } from "../../resumable.ts";
import { jobIdOf, type Job, type NamedJobs } from "./named-jobs.ts";
import { isStatementAtFault, oneLine, restFault } from "../rest-problems.ts";
import { isRestError } from "../rest.ts";

/** Rows in bulk as one load job a load: they are uploaded as lines of JSON while they come, and are there all
 *  at once when the job is done. Unlike what was streamed, statements may change them from then on. Loading
 *  is free; a table takes 1,500 jobs a day.
 *  Sources: https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json,
 *  https://cloud.google.com/bigquery/quotas#load_jobs */

interface LoadPorts {
  readonly fetchText: FetchText;
  /** Of the REST API, without a path. */
  readonly base: string;
  readonly jobs: NamedJobs;
  readonly project: string;
  readonly locationOf: (table: TableRef) => Promise<string>;
}

export function openLoads({ fetchText, base, jobs, project, locationOf }: LoadPorts): Warehouse["openLoad"] {
  return (table, columns, { id, deadlineMs }) => {
    const jobId = jobIdOf("load", table.table, id);
    let upload: Upload | undefined;
    let location = "";

    async function begin(): Promise<Upload> {
      location = await locationOf(table);
      return openUpload({
        fetchText,
        url: `${base}/upload/bigquery/v2/projects/${encodeURIComponent(project)}/jobs?uploadType=resumable`,
        body: {
          jobReference: { projectId: project, jobId, location },
          configuration: {
            labels: { afterclick: "true" },
            load: {
              destinationTable: {
                projectId: table.project ?? project,
                datasetId: table.dataset,
                tableId: table.table,
              },
              sourceFormat: "NEWLINE_DELIMITED_JSON",
              createDisposition: "CREATE_NEVER",
              writeDisposition: "WRITE_APPEND",
              encoding: "UTF-8",
            },
          },
        },
        deadlineMs,
      });
    }

    /** An answer that was lost is asked for again, and the job is there then: the one that was begun. */
    async function jobOf({ status, text }: { status: number; text: string }): Promise<Job> {
      return status === 409 ? jobs.find(jobId, location) : (JSON.parse(text) as Job);
    }

    return {
      async add(rows) {
        try {
          upload ??= await begin();
          await upload.add(Buffer.from(rows.map((row) => `${lineOf(columns, row)}\n`).join("")));
        } catch (error) {
          throw loadFault(error, table);
        }
      },
      async end() {
        try {
          if (upload !== undefined) await jobs.ended(await jobOf(await upload.end()), { deadlineMs });
        } catch (error) {
          throw loadFault(error, table);
        }
      },
    };
  };
}

function loadFault(error: unknown, table: TableRef): Problem {
  if (error instanceof Problem) return error;
  if (isStatementAtFault(error)) return statementRefused({ why: oneLine((error as Error).message) }, error);
  if (isRestError(error))
    return error.status === 404 ? tableMissing({ table: tableName(table) }, error) : restFault(error, table);
  if (error instanceof UploadRefused && error.status === 404)
    return tableMissing({ table: tableName(table) }, error);
  return warehouseDown({ why: oneLine(whyUploadFailed(error)) }, error);
}

/** A row as a line of JSON; what is NULL is left out. */
function lineOf(columns: readonly Column[], row: Row): string {
  const cells = columns.flatMap(({ name, type }, index) => {
    const value = row[index] ?? null;
    return value === null ? [] : [`${JSON.stringify(name)}:${cellOf(value, type)}`];
  });
  return `{${cells.join(",")}}`;
}

function cellOf(value: NonNullable<Value>, type: Column["type"]): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  // Outside of its strings JSON may have line breaks, where they mean nothing.
  if (type === "JSON" || type === "ARRAY<STRING>") return value.replaceAll(/[\r\n]/g, " ");
  return JSON.stringify(value);
}

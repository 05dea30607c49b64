import type { Problem } from "../../../functions/problem.ts";
import {
  answerTooLarge,
  askLess,
  holdLess,
  queryRefused,
  warehouseDown,
} from "../../../functions/problems.ts";
import type { TableRef } from "../../../functions/table.ts";
import { oneLine } from "./rest-problems.ts";
import { isPassing, isRestError, type Rest, type RestError, tooLargeReason } from "./rest.ts";

/** Query jobs: SELECTs of our own and of people. Where they run, BigQuery finds out
 *  from the tables they read. */
export interface Jobs {
  /** What a statement would do and read, without running it and without cost. */
  dryRun(sql: string, options: { deadlineMs: number; parameters?: readonly Parameter[] }): Promise<DryRun>;
  /** The first rows, within `rowsMax` and `bytesMax`. Rejects with what the REST API said.
   *  @throws query_refused when `deadlineMs` passes first; the job is then cancelled */
  run(sql: string, options: RunOptions): Promise<Result>;
}

export interface DryRun {
  /** E.g. `SELECT`. */
  readonly statementType: string;
  /** What BigQuery would bill it for. */
  readonly bytes: number;
  /** What it reads in the end, whatever views lead there: at most 50 of them. */
  readonly tables: readonly TableRef[];
  /** Whether it calls functions that somebody made. */
  readonly hasRoutines: boolean;
}

export interface RunOptions {
  readonly rowsMax: number;
  /** Of the values as the API writes them: BYTES as base64. */
  readonly bytesMax: number;
  /** Called with the bytes of the answer as they come. */
  readonly reading: (bytes: number) => Promise<void>;
  readonly deadlineMs: number;
  /** Aborted: the job is cancelled when its state is next looked at, within 10 s. */
  readonly signal?: AbortSignal;
  readonly parameters?: readonly Parameter[];
  /** A statement that would read more is refused by BigQuery before it costs anything;
   *  unbounded where left out. */
  readonly bytesBilledMax?: number;
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

export interface Result {
  readonly fields: readonly Field[];
  readonly rows: readonly Row[];
  /** Whether rowsMax or bytesMax cut the result: it goes no further than the page on
   *  which the bytes passed. */
  readonly truncated: boolean;
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}

/** As the API gives it: cells under `f`, values under `v`, all scalars as texts. */
export interface Row {
  readonly f?: readonly { readonly v: unknown }[];
}

export interface Answer {
  jobComplete?: boolean;
  jobReference?: { jobId?: string; location?: string };
  schema?: { fields?: Field[] };
  rows?: Row[];
  pageToken?: string;
  errors?: { message?: string; reason?: string }[];
}

export const pageRowsMax = 10_000;
/** Most bytes on the wire for one of `bytesMax`: a control character is one of six there, and each small
 *  number has ten around it, which are objects in memory. */
const wireShare = 2;
/** One call waits so long for a job; then it asks again. */
export const waitMs = 10_000;
const pauseMs = 50;
/** A job that is not done in time should be told as such, not as a service that did not answer. */
const graceMs = 2_000;
const labels = { afterclick: "true" } as const;

/** Billed for each table at least, and rounded up to. Source:
 *  https://cloud.google.com/bigquery/pricing#on_demand_pricing */
const tableBytesMin = 10 * 1024 * 1024;
const billedStepBytes = 1024 * 1024;

export function queryOf(
  sql: string,
  parameters: readonly Parameter[],
  bytesBilledMax: number | undefined,
): object {
  return {
    query: sql,
    useLegacySql: false,
    ...named(parameters),
    formatOptions: { useInt64Timestamp: true },
    // An answer that was lost on its way is asked for again without running the query twice.
    requestId: crypto.randomUUID(),
    labels,
    ...(bytesBilledMax !== undefined && { maximumBytesBilled: String(bytesBilledMax) }),
  };
}

export function openJobs(rest: Rest, { project }: { project: string }): Jobs {
  const home = `/projects/${encodeURIComponent(project)}`;

  async function dryRun(
    sql: string,
    { deadlineMs, parameters = [] }: { deadlineMs: number; parameters?: readonly Parameter[] },
  ): Promise<DryRun> {
    const query = { query: sql, useLegacySql: false, ...named(parameters) };
    const body = { configuration: { dryRun: true, labels, query } };
    const job = await rest.call<DryAnswer>("POST", `${home}/jobs`, { body, deadlineMs });
    const { query: told = {}, totalBytesProcessed } = job.statistics ?? {};
    const tables = (told.referencedTables ?? []).map(({ projectId, datasetId, tableId }) => ({
      ...(projectId !== project && { project: projectId }),
      dataset: datasetId,
      table: tableId,
    }));
    const read = Number(told.totalBytesProcessed ?? totalBytesProcessed ?? 0);
    const least = tableBytesMin * Math.max(1, tables.length);
    return {
      statementType: told.statementType ?? "",
      bytes: read === 0 ? 0 : Math.max(least, Math.ceil(read / billedStepBytes) * billedStepBytes),
      tables,
      hasRoutines: (told.referencedRoutines ?? []).length > 0,
    };
  }

  async function run(
    sql: string,
    { rowsMax, bytesMax, reading, deadlineMs, signal, parameters = [], bytesBilledMax }: RunOptions,
  ): Promise<Result> {
    const end = performance.now() + deadlineMs;
    const left = () => end - performance.now();
    let wireBytes = 0;
    const counted = (length: number) => {
      wireBytes += length;
      return reading(length);
    };
    // One more than asked for tells whether there are more.
    const maxResults = Math.min(rowsMax + 1, pageRowsMax);
    const timeoutMs = () => Math.max(1, Math.round(Math.min(waitMs, left())));
    const body = { ...queryOf(sql, parameters, bytesBilledMax), maxResults, timeoutMs: timeoutMs() };
    let answer = checked(
      await rest.call<Answer>("POST", `${home}/queries`, {
        body,
        deadlineMs: deadlineMs + graceMs,
        reading: counted,
      }),
    );
    const { jobId = "", location = "" } = answer.jobReference ?? {};
    const rows: Row[] = [];
    let bytes = 0;
    let truncated = false;
    let fields = answer.schema?.fields ?? [];
    for (;;) {
      if (answer.jobComplete !== false) {
        fields = answer.schema?.fields ?? fields;
        for (const row of answer.rows ?? []) {
          bytes += sizeOf(row);
          truncated = rows.length === rowsMax || bytes > bytesMax;
          if (truncated) break;
          rows.push(row);
        }
        if (truncated || !answer.pageToken) break;
        truncated = wireBytes > bytesMax * wireShare;
        if (truncated) break;
      }
      const isAbandoned = signal?.aborted === true;
      if (isAbandoned || left() <= 0) {
        cancel(jobId, location);
        throw queryRefused({
          why: isAbandoned
            ? "Nobody waits for the query any more."
            : `The query was not done after ${deadlineMs / 1_000} s.`,
          advice: askLess,
        });
      }
      if (answer.jobComplete === false) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const query = {
        maxResults: String(maxResults),
        timeoutMs: String(timeoutMs()),
        "formatOptions.useInt64Timestamp": "true",
        ...(location !== "" && { location }),
        ...(answer.pageToken && { pageToken: answer.pageToken }),
      };
      const path = `${home}/queries/${encodeURIComponent(jobId)}`;
      answer = checked(
        await rest.call<Answer>("GET", path, {
          query,
          deadlineMs: left() + graceMs,
          reading: counted,
        }),
      );
    }
    return { fields, rows, truncated };
  }

  /** Nobody waits for the result any more; that it is cancelled only saves money. */
  function cancel(jobId: string, location: string): void {
    const path = `${home}/jobs/${encodeURIComponent(jobId)}/cancel`;
    // A job that cannot be cancelled ends by itself.
    rest.call("POST", path, { ...(location !== "" && { query: { location } }) }).catch(() => undefined);
  }

  return { dryRun, run };
}

interface DryAnswer {
  statistics?: {
    totalBytesProcessed?: string;
    query?: {
      statementType?: string;
      totalBytesProcessed?: string;
      referencedTables?: { projectId: string; datasetId: string; tableId: string }[];
      referencedRoutines?: unknown[];
    };
  };
}

function named(parameters: readonly Parameter[]): object {
  return {
    parameterMode: "NAMED",
    queryParameters: parameters.map(({ name, type, value }) => ({
      name,
      parameterType: { type },
      parameterValue: { value },
    })),
  };
}

/** The letters of all values: counted at once, where bytes would be encoded for it. Of
 *  base64 it is the same. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 0);
}

/** Errors beside columns are warnings; without columns they are why there is no result,
 *  also in an answer 200. */
export function checked(answer: Answer): Answer {
  const first = answer.errors?.[0];
  if (first === undefined || (answer.schema?.fields?.length ?? 0) > 0) return answer;
  throw Object.assign(new Error(first.message ?? "the query failed"), {
    status: 400,
    reason: first.reason ?? "",
  });
}

/** What became of a person's query, in the port's words. */
export function queryFault(error: unknown): Error {
  if (!isRestError(error)) return error instanceof Error ? error : new Error(String(error));
  return isPassing(error) ? warehouseDown({ why: oneLine(error.message) }, error) : refusedQuery(error);
}

/** Source: https://cloud.google.com/bigquery/docs/error-messages */
const shortOf = new Set(["resourcesExceeded", "responseTooLarge"]);

export function refusedQuery(error: RestError): Problem {
  const why = oneLine(error.message);
  const sentence = /[.!?…]$/.test(why) ? why : `${why}.`;
  if (error.reason === tooLargeReason) return answerTooLarge({ why: sentence, advice: askLess }, error);
  return shortOf.has(error.reason)
    ? answerTooLarge({ why: sentence, advice: holdLess }, error)
    : queryRefused({ why: sentence }, error);
}

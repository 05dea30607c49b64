import { BigQueryWriteClient } from "@google-cloud/bigquery-storage/build/src/v1/big_query_write_client.js";
import { grpc } from "google-gax";
import { BoundedMap } from "../../../functions/bounded.ts";
import type { Allowance } from "../../../functions/allowance.ts";
import { appendDifferences } from "../../../functions/destination.ts";
import { Problem } from "../../../functions/problem.ts";
import {
  rowsRefused,
  schemaDiffers,
  tableForbidden,
  tableMissing,
  warehouseDown,
} from "../../../functions/problems.ts";
import { tableName, type TableRef } from "../../../functions/table.ts";
import type { Column, Row, Warehouse } from "../../../functions/warehouse.ts";
import { encodeAppend, makeShape, type Shape } from "./codecs/append-request.ts";
import { notOfTheTable, streamNotFound, tableNotFound } from "./codecs/append-response.ts";
import { openChannel, whyOf } from "../channel.ts";
import { oneLine } from "./rest-problems.ts";
import { googleSqlOf } from "./dialect.ts";
import { openLoads } from "./jobs/loads.ts";
import { openNamedJobs } from "./jobs/named-jobs.ts";
import { openReplace } from "./jobs/replace.ts";
import { openJobs } from "./query.ts";
import { openExtract } from "./reading/extract.ts";
import { openReading } from "./reading/select.ts";
import { openRest } from "./rest.ts";
import { openAnswerMemory, type AnswerMemory } from "./answer-memory.ts";
import { openKnownTables } from "./known-tables.ts";
import { openAppends, type AppendError, type AppendsConfig } from "./append.ts";
import { openTables } from "./tables.ts";
import { write } from "./jobs/write.ts";

export interface WarehouseConfig extends Omit<AppendsConfig, "project"> {
  /** Where jobs run and where tables are whose name has no project. */
  readonly project: string;
  /** Of datasets that are made, e.g. `EU` or `europe-west1`. */
  readonly location: string;
  /** Of dead letters; `afterclick` where left out. */
  readonly productDataset?: string;
  /** What one statement of a person may read at most; unbounded where left out. */
  readonly bytesBilledMax?: number;
  /** What all of them may read in a day; unbounded where left out. */
  readonly allowance?: Allowance;
  /** After a table that was known is made again, appends to it are refused for so long; 60 s where left out.
   *  BigQuery may still address the table that was dropped, and acknowledge rows that nobody will see. */
  readonly settleMs?: number;
  /** For what is read; one of its own where left out. */
  readonly memory?: AnswerMemory;
  /** `host:port` of an emulator, for both doors; BigQuery itself where left out. */
  readonly emulator?: { readonly rest: string; readonly grpc: string };
}

/** BigQuery takes so much a request. A batch is made smaller than that (functions/deliver/lane.ts). One that
 *  is not goes in several requests, one after the other. Where a later one fails, rows of the earlier ones
 *  are there and come again.
 *  Source: https://cloud.google.com/bigquery/quotas#write-api-limits */
export const appendBytesMax = 10_000_000;
const shapesMax = 1_000;
const settleMsDefault = 60_000;
/** Rights on a table that was just made are not known everywhere at once. */
const rightsWithinMs = 5 * 60_000;

/** The warehouse on BigQuery. Rows go through the Storage Write API; tables, views and queries through REST.
 *
 *  Needs `roles/bigquery.dataEditor` on the datasets, and `roles/bigquery.jobUser`
 *  where it is asked for rows. */
export function openWarehouse(config: WarehouseConfig): Warehouse {
  const { project, settleMs = settleMsDefault, memory = openAnswerMemory() } = config;
  const rest = openRest(config.emulator?.rest);
  const known = openKnownTables({
    project,
    settleMs,
    now: () => performance.now(),
    today: Date.now,
  });
  const tables = openTables(rest, known, config);
  const jobs = openJobs(rest, config);
  const named = openNamedJobs(rest, config);
  const reading = openReading({
    jobs,
    describe: tables.describe,
    memory,
    project,
    productDataset: config.productDataset ?? "afterclick",
    ...(config.bytesBilledMax !== undefined && { bytesBilledMax: config.bytesBilledMax }),
    ...(config.allowance !== undefined && { allowance: config.allowance }),
  });
  const channel = openChannel((options) => new BigQueryWriteClient(options), config.emulator?.grpc);
  const appends = openAppends(channel, config);
  const shapes = new BoundedMap<string, Shape>(shapesMax);

  async function append(
    table: TableRef,
    columns: readonly Column[],
    rows: readonly Row[],
    { deadlineMs }: { deadlineMs: number },
  ): Promise<void> {
    if (rows.length === 0) return;
    if (known.settling(table)) throw warehouseDown({ why: "the table was just made again" });
    const end = performance.now() + deadlineMs;
    const shape = shapeOf(columns);
    const writeStream = `projects/${table.project ?? project}/datasets/${table.dataset}/tables/${table.table}/streams/_default`;
    const encoded = encodeAppend(writeStream, shape, rows, appendBytesMax);
    if ("refused" in encoded) throw rowsRefused({ rows: [...encoded.refused] });
    const location = await tables.locationOf(table);
    for (const { bytes, first, last } of encoded.requests) {
      try {
        await appends.append({
          writeStream,
          location,
          bytes,
          deadlineMs: end - performance.now(),
        });
      } catch (error) {
        throw await translated(error, table, columns, {
          first,
          count: last - first,
        });
      }
    }
  }

  function shapeOf(columns: readonly Column[]): Shape {
    const key = columns.map(({ name, type }) => `${name} ${type}`).join(",");
    let shape = shapes.get(key);
    if (shape === undefined) {
      shape = makeShape(columns);
      shapes.set(key, shape);
    }
    return shape;
  }

  /** What is wrong with the table, as a problem. The Storage Write API does not tell: a missing table and a
   *  missing dataset look alike, and tables and columns that were just made are unknown to it for minutes. So
   *  the table is looked at. */
  async function translated(
    error: unknown,
    table: TableRef,
    columns: readonly Column[],
    part: { first: number; count: number },
  ): Promise<Problem> {
    if (!isAppendError(error)) return warehouseDown({ why: whyOf(error) }, error);
    const why = oneLine(error.message);
    if (error.rows.length > 0) {
      return rowsRefused(
        {
          rows: error.rows.map((row) => ({
            index: part.first + row.index,
            why: oneLine(row.why),
          })),
        },
        error,
      );
    }
    const missing =
      error.code === grpc.status.NOT_FOUND ||
      error.storageCode === tableNotFound ||
      error.storageCode === streamNotFound;
    const forbidden = error.code === grpc.status.PERMISSION_DENIED;
    const differs =
      error.code === grpc.status.INVALID_ARGUMENT || error.code === grpc.status.FAILED_PRECONDITION;
    if (notOfTheTable.has(error.storageCode) || (!missing && !forbidden && !differs))
      return warehouseDown({ why }, error);
    try {
      const found = await tables.describe(table);
      if (found === undefined) return tableMissing({ table: tableName(table) }, error);
      const differences = appendDifferences(found, columns);
      if (differences.length > 0)
        return schemaDiffers({ table: tableName(table), differences: differences.join("; ") }, error);
    } catch (problem) {
      return problem instanceof Problem ? problem : warehouseDown({ why: whyOf(problem) }, problem);
    }
    if (forbidden && known.madeAgoMs(table) >= rightsWithinMs)
      return tableForbidden({ table: tableName(table), why }, error);
    // Refused for something that has no code of its own, and there is no neighbour whom it could be about.
    const other = error.code === grpc.status.INVALID_ARGUMENT && error.storageCode === 0;
    if (other && part.count === 1) return rowsRefused({ rows: [{ index: part.first, why }] }, error);
    return warehouseDown({ why }, error);
  }

  const writing: Warehouse["write"] = (statements, options) =>
    write({ jobs, named, locationOf: tables.locationOf }, statements, options);

  return {
    describe: tables.describe,
    createDataset: tables.createDataset,
    createTable: tables.createTable,
    addColumns: tables.addColumns,
    putView: tables.putView,
    append,
    openLoad: openLoads({ ...rest, jobs: named, project, locationOf: tables.locationOf }),
    select: reading.select,
    selectSome: reading.selectSome,
    selectUnion: reading.selectUnion,
    sql: googleSqlOf(project),
    write: writing,
    replaceTable: openReplace({ ...tables, write: writing }, project),
    extract: openExtract(rest, { project }),
    seesBeside: tables.seesBeside,
    query: reading.query,
    close: () => appends.close(),
  };
}

function isAppendError(error: unknown): error is AppendError {
  return error instanceof Error && "storageCode" in error && "rows" in error;
}

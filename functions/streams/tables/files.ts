import { type AuditPorts, record } from "../../people/audit.ts";
import type { Who } from "../../people/who.ts";
import { notHere, requestRefused } from "../../problems.ts";
import type { ExportFormat, Snapshots } from "../../snapshots.ts";
import type { TableRef } from "../../table.ts";
import { isDay } from "../calendar.ts";
import { tableNamed } from "./rows.ts";

/** A table, or the result of one SELECT, as a file: where the ground offers files. */

export const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  parquet: "application/vnd.apache.parquet",
  csv: "text/csv; charset=utf-8",
  excel: "text/csv; charset=utf-8",
};

export type FileAsked = { readonly format: ExportFormat } & (
  | { readonly sql: string }
  | {
      readonly table: string;
      /** Days of the column `date`, `YYYY-MM-DD`, both included. */
      readonly since?: string | undefined;
      readonly until?: string | undefined;
    }
);

interface FilePorts extends AuditPorts {
  readonly snapshots?: Pick<Snapshots, "export">;
  /** The dataset of a bare table name. */
  readonly defaultDataset: string;
}

/** @throws not_here, request_refused, query_refused, table_missing, dataset_missing, warehouse_busy,
 *  warehouse_down, documents_down */
export async function exportFile(
  ports: FilePorts,
  who: Who,
  asked: FileAsked,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { snapshots, defaultDataset } = ports;
  if (snapshots === undefined) {
    throw notHere({
      what: "The export of files",
      instead: "use the warehouse's own, such as bq extract or EXPORT DATA",
    });
  }
  const select = "sql" in asked ? asked.sql : selectOf(asked, tableNamed(asked.table, defaultDataset));
  const body = await snapshots.export(select, asked.format, { signal });
  await record(ports, who, {
    what: "exported",
    about: "sql" in asked ? "a query" : asked.table,
    after: { format: asked.format, sql: select },
  });
  return body;
}

function selectOf(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  table: TableRef,
): string {
  const bounds = (
    [
      [">=", since],
      ["<=", until],
    ] as const
  ).flatMap(([is, day]) => {
    if (day === undefined) return [];
    // It stands in the text of a statement.
    if (!isDay(day)) throw requestRefused({ what: "A day is none; allowed is one such as 2026-11-01" });
    return [`date ${is} DATE '${day}'`];
  });
  return `SELECT * FROM ${quoted(table)}${bounds.length === 0 ? "" : ` WHERE ${bounds.join(" AND ")}`}`;
}

/** As standard SQL quotes names; the pattern of table names lets no quote pass. */
function quoted({ project, dataset, table }: TableRef): string {
  return [project, dataset, table].flatMap((part) => (part === undefined ? [] : [`"${part}"`])).join(".");
}

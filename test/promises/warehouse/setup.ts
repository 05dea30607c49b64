import { expect } from "@jest/globals";
import { Problem } from "../../../functions/problem.ts";
import { type TableRef } from "../../../functions/table.ts";
import {
  type Column,
  type Row,
  type Selection,
  type TableSpec,
  type Value,
  type Warehouse,
} from "../../../functions/warehouse.ts";
import { until } from "../../support/until.ts";

import type { Suite } from "../suite.ts";

export type Promised = Suite<Setup>["promise"];

export interface OpenedWarehouse {
  readonly warehouse: Warehouse;
  /** A name that nobody has used, in a dataset that exists. */
  freshTable(): TableRef;
  /** A name in a dataset that does not exist. */
  missingDatasetTable(): TableRef;
  /** Whether what was written or defined is seen at once, or later. */
  readonly showsAtOnce: boolean;
  close(): Promise<void>;
}

export type OpenWarehouse = () => Promise<OpenedWarehouse>;

export const column = (name: string, type: Column["type"], required = false): Column => ({
  name,
  type,
  required,
  description: `The ${name}`,
});

/** The eleven columns of a stream's table. */
export const columns: readonly Column[] = [
  column("hit_id", "STRING", true),
  column("payload", "STRING", true),
  column("received_at", "INT64", true),
  column("date", "DATE", true),
  column("content_type", "STRING"),
  column("query", "STRING"),
  column("headers", "JSON"),
  column("fields", "JSON"),
  column("payload_bytes", "BYTES"),
  column("stream_ref", "STRING"),
  column("is_test", "BOOL"),
];
export const spec: TableSpec = {
  description: "Hits of a test",
  columns,
  partitionBy: "date",
  clusterBy: ["hit_id"],
};

export const deadlineMs = 60_000;

/** A row by the names of its columns; what is left out is usual. */
export function row(values: Record<string, Value>): Row {
  const usual: Record<string, Value> = {
    hit_id: "h",
    payload: "p",
    received_at: 1_603_131_452_000,
    date: "2020-10-19",
  };
  return columns.map(({ name }) => values[name] ?? usual[name] ?? null);
}

export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const failed = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failed instanceof Problem) return failed;
  throw new Error("It was no Problem.", { cause: failed });
}

/** What the promises work with. */
export interface Setup extends OpenedWarehouse {
  /** A table of the eleven columns, or of others. */
  made(of?: readonly Column[]): Promise<TableRef>;
  append(table: TableRef, rows: readonly Row[]): Promise<void>;
  /** What is selected, once there are exactly `count` rows of it. */
  rows(selection: Selection, count: number): Promise<Record<string, Value>[]>;
  seen(what: string, check: () => Promise<boolean>): Promise<void>;
  /** Tries again while a table or column that was just made is not seen everywhere. */
  retried(work: () => Promise<void>): Promise<void>;
  /** A table's name in a query. */
  sqlName(table: TableRef): string;
}

export function prepare(opened: OpenedWarehouse): Setup {
  const { warehouse, freshTable, showsAtOnce } = opened;

  async function seen(what: string, check: () => Promise<boolean>): Promise<void> {
    if (!showsAtOnce) return until(what, check);
    if (!(await check())) throw new Error(`Not so at once: ${what}`);
  }

  async function retried(work: () => Promise<void>): Promise<void> {
    if (showsAtOnce) return work();
    let last: unknown;
    await until("an append to what was just made", () =>
      work().then(
        () => true,
        (error: unknown) => {
          last = error;
          if (
            error instanceof Problem &&
            ["table_missing", "schema_differs", "warehouse_down"].includes(error.code)
          )
            return false;
          throw error;
        },
      ),
    ).catch((error: unknown) => {
      throw last ?? error;
    });
  }

  return {
    ...opened,
    seen,
    retried,
    async made(of = columns) {
      const table = freshTable();
      await warehouse.createTable(table, { ...spec, columns: of });
      return table;
    },
    append: (table, rows) => retried(() => warehouse.append(table, columns, rows, { deadlineMs })),
    async rows(selection, count) {
      let found: Record<string, Value>[] = [];
      await seen(`${count} rows`, async () => {
        found = await warehouse.select(selection);
        return found.length === count;
      }).catch(() => expect(found).toHaveLength(count));
      return found;
    },
    sqlName: ({ project, dataset, table }) =>
      [project, dataset, table].filter((part) => part !== undefined).join("."),
  };
}

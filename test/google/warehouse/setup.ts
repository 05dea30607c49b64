import { test } from "@jest/globals";
import { grpc } from "google-gax";
import type { Column, Row } from "../../../functions/warehouse.ts";
import { type WarehouseConfig, openWarehouse } from "../../../infra/google/warehouse/warehouse.ts";
import { columns, problemOf, row } from "../../promises/warehouse/setup.ts";
import { type FakeBigQuery, startFakeBigQuery } from "../../support/doubles/fake-bigquery.ts";
import {
  type AppendBehaviour,
  type FakeStorageWrite,
  startFakeStorageWrite,
} from "../../support/doubles/fake-storage-write.ts";

/** What BigQuery says on its bad days, in the port's words: each sentence decides whether a hit comes again
 *  by itself or waits for a person. */

export const deadlineMs = 60_000;

export const table = { dataset: "d", table: "t" };

export type Warehouse = ReturnType<typeof openWarehouse>;

export interface Setup {
  readonly rest: FakeBigQuery;
  readonly write: FakeStorageWrite;
  readonly warehouse: Warehouse;
}

export function promise(
  name: string,
  keep: (setup: Setup) => Promise<void>,
  config: Partial<WarehouseConfig> = {},
): void {
  test(name, async () => {
    const rest = await startFakeBigQuery();
    const write = await startFakeStorageWrite();
    rest.datasets.set("p.d", "EU");
    const emulator = { rest: rest.address, grpc: write.address };
    const warehouse = openWarehouse({
      project: "p",
      location: "EU",
      emulator,
      ...config,
    });
    try {
      await keep({ rest, write, warehouse });
    } finally {
      write.release();
      await warehouse.close();
      write.close();
      await rest.close();
    }
  });
}

/** A table that somebody else made. */
export const put = (rest: FakeBigQuery) =>
  void rest.tables.set("p.d.t", {
    type: "TABLE",
    location: "EU",
    etag: '"0"',
    schema: {
      fields: columns.map(({ name, type, required }) => ({
        name,
        type,
        mode: required ? "REQUIRED" : "NULLABLE",
      })),
    },
  });

export const append = (warehouse: Warehouse, rows: Row[] = [row({})], given: readonly Column[] = columns) =>
  warehouse.append(table, given, rows, { deadlineMs });

export const codeOf = async (work: Promise<unknown>) => (await problemOf(work)).code;

export const notFound: AppendBehaviour = {
  broken: {
    code: grpc.status.NOT_FOUND,
    message: "Requested entity was not found",
  },
};

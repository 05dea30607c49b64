import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TableRef } from "../../../functions/table.ts";
import {
  type LocalWarehouse,
  type WarehouseConfig,
  openWarehouse,
} from "../../../infra/local/warehouse/warehouse.ts";
import { columns, row, spec } from "../../promises/warehouse/setup.ts";
import { inFolder } from "../../support/folder.ts";

export const log = () => undefined;

export async function freshFolder() {
  const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  return {
    directory,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export const deadlineMs = 30_000;

export const orders: TableRef = { dataset: "crm", table: "orders" };

/** A warehouse with the table crm.orders. */
export async function withWarehouse(
  work: (warehouse: LocalWarehouse, directory: string) => Promise<void>,
  config: Partial<WarehouseConfig> = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const directory = config.directory ?? folder;
    const warehouse = await openWarehouse({ log, ...config, directory });
    try {
      await warehouse.createDataset(orders);
      await warehouse.createTable(orders, spec);
      await work(warehouse, directory);
    } finally {
      await warehouse.close();
    }
  });
}

/** As a person with DuckDB's own shell does, while the server is stopped. */
export async function byHand(file: string, ...statements: string[]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    let rows: unknown[][] = [];
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowsJson();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export const add = (warehouse: LocalWarehouse, ...hits: string[]) =>
  warehouse.append(
    orders,
    columns,
    hits.map((hit_id) => row({ hit_id })),
    { deadlineMs },
  );

export async function hitsIn(warehouse: LocalWarehouse, from = orders): Promise<unknown[]> {
  const found = await warehouse.select({
    from,
    columns: ["hit_id"],
    orderBy: [{ column: "hit_id" }],
    limit: 100_000,
  });
  return found.map(({ hit_id }) => hit_id);
}

export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

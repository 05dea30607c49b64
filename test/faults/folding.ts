import type { TableRef } from "../../functions/table.ts";
import type { DatabaseSettings } from "../../infra/local/warehouse/file/duckdb.ts";
import { packRows } from "../../infra/local/warehouse/rows/packed.ts";
import type { WarehouseApi } from "../../infra/local/warehouse/warehouse.ts";
import { rowColumns, rowSpec } from "../../functions/hits/row.ts";

/** A warehouse whose every append is followed by a checkpoint, and every fourth by a fold. */

export const orders: TableRef = { dataset: "crm", table: "orders" };
export const ordersSpec = rowSpec;

export function foldSettings(directory: string): DatabaseSettings {
  return {
    directory,
    productDataset: "afterclick",
    defaultDataset: "main",
    memoryMegabytesMax: 256,
    walBytesMax: 1,
    foldGroupsMin: 4,
    roomBytesMin: 0,
  };
}

export async function appendOne(
  store: WarehouseApi,
  hit_id: string,
  payload = `of ${hit_id}`,
): Promise<void> {
  const values: Record<string, string | number | boolean> = {
    hit_id,
    payload,
    received_at: 1_603_131_452_000,
    date: "2020-10-19",
    is_test: false,
  };
  const row = rowColumns.map(({ name }) => values[name] ?? null);
  const call = { table: orders, columns: rowColumns, rows: packRows([row], row.length) };
  const [failure] = await store.append([call]);
  if (failure !== undefined) throw new Error(failure.message);
}

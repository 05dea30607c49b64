import type { TableRef } from "../../functions/table.ts";
import type { DatabaseSettings } from "../../infra/local/warehouse/file/duckdb.ts";
import type { AppendCall } from "../../infra/local/warehouse/rows/appends.ts";
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
    tablesMegabytesMax: 128,
    walBytesMax: 1,
    foldGroupsMin: 4,
    roomBytesMin: 0,
  };
}

/** A call that writes one row. */
export function oneRow(table: TableRef, hit_id: string, payload = `of ${hit_id}`): AppendCall {
  const values: Record<string, string | number | boolean> = {
    hit_id,
    payload,
    received_at: 1_603_131_452_000,
    date: "2020-10-19",
    is_test: false,
  };
  const row = rowColumns.map(({ name }) => values[name] ?? null);
  return { table, columns: rowColumns, rows: packRows([row], row.length) };
}

export async function appendOne(store: WarehouseApi, hit_id: string, payload?: string): Promise<void> {
  const [failure] = await store.append([oneRow(orders, hit_id, payload)]);
  if (failure !== undefined) throw new Error(failure.message);
}

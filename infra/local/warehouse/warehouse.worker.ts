/** The process that alone opens the warehouse's file. */
import { ownSettings, serve } from "../thread/worker.ts";
import { openDatabase, type DatabaseSettings } from "./file/duckdb.ts";
import { openStore } from "./store.ts";
import type { WarehouseApi } from "./warehouse.ts";

const settings = ownSettings<DatabaseSettings>();
const database = await openDatabase(settings).catch((error: unknown) => {
  // The reason alone: whoever starts the server is not told that rows come again by themselves.
  const { facts, message } = error as { facts?: { why?: string }; message: string };
  throw new Error(facts?.why ?? message, { cause: error });
});
const store = await openStore(database, settings);

serve<WarehouseApi>(store, () => database.close());

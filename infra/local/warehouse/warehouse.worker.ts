/** The process that alone opens the warehouse's file. */
import { given, serve } from "../thread/worker.ts";
import { openDatabase, type DatabaseSettings } from "./file/duckdb.ts";
import { openStore } from "./store.ts";
import type { WarehouseApi } from "./warehouse.ts";

const settings = given<DatabaseSettings>();
const database = await openDatabase(settings).catch((error: unknown) => {
  // The reason alone: whoever starts the server is not told that rows come again by themselves.
  const { given: facts, message } = error as { given?: { why?: string }; message: string };
  throw new Error(facts?.why ?? message, { cause: error });
});
const store = await openStore(database, settings);

serve<WarehouseApi>(store, () => database.close());

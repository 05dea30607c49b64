/** The thread that alone opens the warehouse's file. */
import { workerData } from "node:worker_threads";
import { openDatabase, type DatabaseSettings } from "./duckdb.ts";
import { openStore } from "./store.ts";
import type { WarehouseApi } from "./warehouse.ts";
import { serve } from "../thread/worker.ts";

const settings = workerData as DatabaseSettings;
const database = await openDatabase(settings);
const store = await openStore(database, settings);

serve<WarehouseApi>(store, () => database.close());

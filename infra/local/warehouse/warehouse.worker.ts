/** The process that alone opens the warehouse's file. */
import { given, serve } from "../thread/worker.ts";
import { openDatabase, type DatabaseSettings } from "./duckdb.ts";
import { openStore } from "./store.ts";
import type { WarehouseApi } from "./warehouse.ts";

const settings = given<DatabaseSettings>();
const database = await openDatabase(settings);
const store = await openStore(database, settings);

serve<WarehouseApi>(store, () => database.close());

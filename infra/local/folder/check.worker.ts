/** Looks through the SQLite files beside the server: it may take long. */
import { serve } from "../thread/worker.ts";
import type { CheckApi } from "./check.ts";
import { verifySqlite } from "./check.sqlite.ts";

serve<CheckApi>({ verify: ({ store, file }) => verifySqlite(store, file) });

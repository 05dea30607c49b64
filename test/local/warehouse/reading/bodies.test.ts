import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWarehouse } from "../../../../infra/local/warehouse/warehouse.ts";
import { readingPromises } from "../../../promises/reading.ts";

/** What is read of odd bodies, on DuckDB. */

readingPromises("duckdb", async () => {
  const directory = await mkdtemp(join(tmpdir(), "afterclick-test-"));
  const warehouse = await openWarehouse({ directory, log: () => undefined });
  await warehouse.createDataset({ dataset: "crm", table: "" });
  let count = 0;
  return {
    warehouse,
    freshTable: () => ({ dataset: "crm", table: `table_${(count += 1)}` }),
    missingDatasetTable: () => ({ dataset: "nowhere", table: "orders" }),
    showsAtOnce: true,
    async close() {
      await warehouse.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});

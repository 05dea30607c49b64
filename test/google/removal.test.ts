import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removalStatements } from "../../functions/import/load/statements/removal.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { googleSqlOf } from "../../infra/google/warehouse/dialect.ts";
import { openWarehouse } from "../../infra/google/warehouse/warehouse.ts";
import { dataset } from "../import/loading.ts";
import { byDays, daysAreWritten } from "../import/removal/removals.ts";
import { startEmulator, withEmulators, type Emulator } from "../support/google/emulators.ts";
import { project } from "../support/google/google.ts";
import { refusedByBigQuery } from "../support/google/googlesql.ts";

/** Files that are removed, and days, on BigQuery: the code of one machine on the other warehouse. */

test("the statements that remove a file hold nothing that BigQuery refuses", () => {
  const loading = {
    dataset,
    import_id: "it's",
    name: "da\\y'.csv",
    file_id: "f",
    version: 1,
    attempt: 2,
    load_id: "l",
    mode: "append",
    source: "upload",
    arrived_at: 1,
    now: 2,
  } as const;
  const statements = removalStatements(googleSqlOf("my-project"), { loading, place: 7, by: "a'da" });
  expect(statements.length).toBeGreaterThan(5);
  for (const sql of statements) expect([sql, refusedByBigQuery(sql)]).toEqual([sql, undefined]);
});

withEmulators(["bigquery"], () => {
  let emulator: Emulator;
  let warehouse: Warehouse;
  beforeAll(async () => {
    emulator = await startEmulator("bigquery");
    warehouse = openWarehouse({
      project,
      location: "US",
      emulator: { rest: emulator.address, grpc: emulator.grpcAddress },
    });
    await warehouse.createDataset({ dataset, table: "any" });
  });
  afterAll(async () => {
    await warehouse?.close();
    await emulator?.stop();
  });

  test("by days, what a file replaced comes back where no later file holds the day", () => byDays(warehouse));
  test("days are written once, and again where they are others", () => daysAreWritten(warehouse));
});
